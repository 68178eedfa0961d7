"""What we claim about speed, measured against what people would use instead: side by side, in one run, on one machine.

    make bench                 every row; SIZE=small for a draft, SIZE=large for more
    make bench ROWS="append"   some of them

Each contender, ours or a peer's, is a program of its own that plays rounds on request (`benchmarks.rounds`). The rounds
of both are taken in turn, A B A B, and medians are compared. A contender that loses anything ends the run.
"""
