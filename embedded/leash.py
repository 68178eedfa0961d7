"""Executes another program that ends when its parent does. Run as a script, never imported.

python -I -S leash.py PARENT SIGNAL ACCOUNT FOLDER PROGRAM [ARGUMENT...]

PARENT is the parent's process id. SIGNAL is the number of the signal that the kernel sends when the parent's thread
that started this process ends, even by SIGKILL (Linux, prctl(2) PR_SET_PDEATHSIG; other systems send nothing). ACCOUNT
is ``uid:gid``, or ``-`` to keep the account. FOLDER is a folder to hold open across the change of account, or ``-``: an
argument ``@`` becomes its path under /proc/self/fd, which is valid even for an account that may not enter the folders
above it. The program gets the default action of SIGINT: a non-interactive shell starts background jobs with SIGINT
ignored, and children inherit that. This imports only the standard library, and so starts fast.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death_signal, account, folder, *command = sys.argv[1:]
    if folder != "-":
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.set_inheritable(held, True)
        command = [f"/proc/self/fd/{held}" if argument == "@" else argument for argument in command]
    if account != "-":
        uid, gid = (int(number) for number in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        # After setuid, which clears it. The kernel keeps it through exec.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(parent):
            sys.exit("the parent ended before its child began")
    os.execv(command[0], command)


main()
