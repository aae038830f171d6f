"""Engines in processes of their own, asked in turn; and whole commands with their time and peak memory."""

import contextlib
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PAUSE = 0.05  # seconds between engines, in which another's waiting threads go to sleep


class Process:
    """A worker: peers_worker.py, or covey_peer."""

    def __init__(self, command, log, environment):
        self.log = open(log, "a", encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env=environment)

    def ask(self, op, **asked):
        self.process.stdin.write(json.dumps({"op": op, **asked}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            return {"error": f"ended with status {self.process.wait()}"}
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


class Machine:
    """What the cases run with: threads, binaries, and a lock under which everything is timed, so that several people
    can measure on one machine."""

    def __init__(self, options):
        self.threads, self.bin, self.cache = options.threads, pathlib.Path(options.bin), pathlib.Path(options.cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.lock, self.is_quiet, self.busy = options.lock, False, 0.0  # busy: seconds in which the lock was held
        self.workers = {}
        number = str(self.threads)
        self.environment = os.environ | {"OMP_NUM_THREADS": number, "OPENBLAS_NUM_THREADS": number,
                                         "MKL_NUM_THREADS": number, "POLARS_MAX_THREADS": number}
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            self.environment.pop(name, None)

    @contextlib.contextmanager
    def quiet(self):
        """Holds the lock; within another one, does nothing more."""
        if self.is_quiet:
            yield
            return
        with open(self.lock or os.devnull, "a", encoding="utf-8") as file:
            if self.lock:
                fcntl.flock(file, fcntl.LOCK_EX)
            start, self.is_quiet = time.perf_counter(), True
            try:
                yield
            finally:
                self.busy += time.perf_counter() - start
                self.is_quiet = False

    def worker(self, name):
        """The process of that engine, started where it does not run yet."""
        if name not in self.workers or self.workers[name].process.poll() is not None:
            self.workers[name] = self.started(name)
        return self.workers[name]

    def close(self):
        for worker in self.workers.values():
            worker.close()

    def started(self, name):
        command = ([self.bin / "covey_peer", str(self.threads)] if name == "covey" else
                   [sys.executable, "-B", HERE / "peers_worker.py", name, str(self.threads)])
        return Process(command, self.cache / "workers.log", self.environment)

    def timed(self, process, op, **asked):
        with self.quiet():
            time.sleep(PAUSE)
            return process.ask(op, **asked)

    def command(self, arguments):
        """Seconds and peak bytes of a whole command; throws where it fails."""
        with self.quiet():
            start = time.perf_counter()
            process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment)
            message = process.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.perf_counter() - start
        process.stderr.close()
        if process.returncode != 0:
            raise RuntimeError(f"{arguments[0]}: exit status {process.returncode}: {message.strip()[-300:]}")
        return seconds, usage.ru_maxrss * 1024
