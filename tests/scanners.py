"""A virus scanner for the tests: Debian's clamd with a signature of the tests' own, or where there is none ours."""

import os
import pwd
import socketserver
import struct
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from lic.scanner import Scanner

ROOT = Path(__file__).parent.parent
# The harmless file every scanner takes for a virus; in two halves, so that none takes this one for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
VIRUS = "Eicar-Test"
CONFIGURATION = """
LocalSocket {folder}/socket
DatabaseDirectory {folder}/signatures
Foreground yes
User {user}
"""


def clamd_path():
    found = subprocess.run([ROOT / "tools/clamd", "--path"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


@contextmanager
def a_scanner():
    """A running scanner; yields its address, as LIC_CLAMD."""
    with TemporaryDirectory() as folder:  # a short name: a socket's path has at most 107 bytes
        path = clamd_path()
        with clamd(path, Path(folder)) if path else our_own(Path(folder) / "socket") as address:
            yield address


@contextmanager
def clamd(path, folder):
    (folder / "signatures").mkdir()
    (folder / "signatures" / "tests.ndb").write_text(f"{VIRUS}:0:*:{EICAR.hex()}\n")
    mine = pwd.getpwuid(os.getuid()).pw_name
    (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder, user=mine))
    process = subprocess.Popen([path, "-c", folder / "clamd.conf"], stdout=subprocess.DEVNULL)
    address = f"unix:{folder}/socket"
    try:
        for _ in range(300):
            assert process.poll() is None, "the scanner ended"
            if Scanner(address).is_here():
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the scanner does not answer")
        yield address
    finally:
        process.terminate()
        process.wait(10)


# --- our own, where there is no other, and some that do not do as they should --------------------


def looks(talk, content):
    """As clamd answers."""
    talk.sendall(f"stream: {f'{VIRUS} FOUND' if EICAR in content else 'OK'}\0".encode())


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        if self.server.answer is None:  # it says nothing at all, until who waits has gone
            while self.request.recv(65_536):
                pass
            return
        with self.request.makefile("rb") as given:
            command = b"".join(iter(lambda: given.read(1), b"\0"))
            if command == b"zPING":
                self.request.sendall(b"PONG\0")
                return
            content = b""
            while size := struct.unpack("!L", given.read(4))[0]:
                content += given.read(size)
                if self.server.answer == "closes":
                    return
        self.server.answer(self.request, content)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads, request_queue_size = True, 50

    def handle_error(self, request, client_address):
        """Who waited for an answer has gone."""


@contextmanager
def our_own(path, answer=looks):
    """answer: what is done once a file is there; "closes" in its middle; None says nothing, ever."""
    path.unlink(missing_ok=True)
    with _Server(str(path), _Session) as server:
        server.answer = answer
        Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"unix:{path}"
        server.shutdown()
