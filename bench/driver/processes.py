"""The processes of a measurement: NATS server, gateway or floor, load program."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # Debian keeps daemons there


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def raise_file_limit(needed):
    """Nothing if a process can open so many files, or the reason why not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return None
    if hard < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, needed))
            return None
        except (ValueError, OSError):
            return f"{needed} open files are needed and {hard} allowed: raise it with `ulimit -Hn {needed}` as root"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return None


class DoesNotStart(RuntimeError):
    pass


class Process:
    """A program that listens on a port, for as long as the `with` block lasts."""

    def __init__(self, name, command, port):
        self.name = name
        self.port = port
        self.log = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=os.environ | {"PATH": PATH}
            )
        except OSError as error:
            raise RuntimeError(f"{name} cannot be run: {error}") from error

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        end = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < end:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.002)
        self.__exit__()
        raise DoesNotStart(f"{self.name} does not start:\n{self.last_words()}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def last_words(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-1500:]


def nats_server():
    port = free_port()
    return Process("nats-server", ["nats-server", "-a", "127.0.0.1", "-p", str(port)], port)


def gateway_command(command, nats_port, port):
    """The command line with the options that this gateway and the reference have in common."""
    return [*command, "--nats", f"nats://127.0.0.1:{nats_port}", "--addr", "127.0.0.1", "--port", str(port)]


def tls_options(directory):
    """Options that make a gateway serve TLS, with a certificate made in the directory."""
    key, certificate = os.path.join(directory, "key.pem"), os.path.join(directory, "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return ["--tls", "--tlscert", certificate, "--tlskey", key]


def stripped_size(command):
    """Bytes of the program without symbols; None if it is no binary."""
    program = shutil.which(command[0], path=PATH)
    if program is None or shutil.which("strip") is None:
        return None
    with tempfile.NamedTemporaryFile() as copy:
        done = subprocess.run(["strip", "-o", copy.name, program], capture_output=True, check=False)
        return os.path.getsize(copy.name) if done.returncode == 0 else None
