"""Becomes another program that ends when its parent does. Run as a script, never imported.

    python -I -S leash.py PARENT SIGNAL ACCOUNT FOLDER PROGRAM [ARGUMENT...]

PARENT is the process id of the parent and SIGNAL the number of the signal that the kernel is to send when the parent's
thread that started us is gone, even by SIGKILL (Linux, prctl(2) PR_SET_PDEATHSIG; elsewhere nothing is sent). ACCOUNT
is ``uid:gid``, or ``-`` to stay who we are. FOLDER is a folder to hold open across the change of account, or ``-``: an
argument that is just ``@`` becomes its path under /proc/self/fd, which leads there even for those who may not pass
through the folders above it. Nothing of ours is imported, so that this is quick and the same everywhere.
"""

import ctypes
import os
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
    if sys.platform == "linux":
        # After setuid, which clears it. The kernel keeps it through exec.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(parent):
            sys.exit("the parent ended before its child began")
    os.execv(command[0], command)


main()
