"""exit_codes.py CODE PROGRAM ARGUMENTS...: runs the program once for each ARGUMENTS, a string split at blanks; all must end with CODE and say why."""

import subprocess
import sys

wrong = []
for arguments in sys.argv[3:]:
    done = subprocess.run([sys.argv[2], *arguments.split()], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != int(sys.argv[1]) or not done.stderr:
        wrong.append(f"{sys.argv[2]} {arguments}: expected code {sys.argv[1]} and a message, found {done.returncode}: {done.stderr}")
print("\n".join(wrong))
sys.exit(bool(wrong))
