"""Parts of a split model that are built at the same time, each by a process of its own."""

from __future__ import annotations

import subprocess
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from xlgpt2.errors import WorkbookError
from xlgpt2.interruptions import uninterrupted
from xlgpt2.own_processes import module_command, module_environment
from xlgpt2.progress import Progress, Step

#: Seconds between two looks at the processes; building a part takes at least one.
_POLL_S = 0.05

#: Seconds that a process gets to remove its temporary files.
_END_S = 10.0


def build_in_jobs(
    arguments: Sequence[str], parts: Sequence[int], jobs: int, progress: Progress
) -> None:
    """Run `xlgpt2 build ARGUMENTS --parts N` for each part, `jobs` at a time.

    Raises WorkbookError with the message of the first one that fails, and then ends the others.
    """
    waiting, running = deque(parts), list[_Job]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                with uninterrupted():
                    running.append(_started(arguments, waiting.popleft()))
            for job in [job for job in running if job.process.poll() is not None]:
                running.remove(job)
                job.require_success()
                progress(Step(f"{len(parts) - len(waiting) - len(running)} of {len(parts)}"))
            time.sleep(_POLL_S)
    finally:
        for job in running:
            job.end()


@dataclass(frozen=True)
class _Job:
    """A process that builds a part."""

    part: int
    process: subprocess.Popen[str]

    def require_success(self) -> None:
        """Raise WorkbookError with the message that the process printed, if it failed."""
        _, output = self.process.communicate()
        if self.process.returncode == 0:
            return
        lines = output.splitlines()
        messages = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        hints = [line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")]
        no_message = f"none (its program ended with status {self.process.returncode})"
        got = f"an error: {messages[0]}" if messages else no_message
        raise WorkbookError(
            f"part {self.part}: expected a workbook, got {got}",
            hints[0] if hints else "free some memory, or build with fewer --jobs",
        )

    def end(self) -> None:
        """Stop the process."""
        self.process.terminate()
        try:
            self.process.communicate(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def _started(arguments: Sequence[str], part: int) -> _Job:
    """A process that builds a part; its own session keeps Ctrl-C for the process that waits."""
    process = subprocess.Popen(
        [*module_command("xlgpt2"), "build", *arguments, "--parts", str(part)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=module_environment(),
        start_new_session=True,
    )
    return _Job(part, process)
