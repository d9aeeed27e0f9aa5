"""A mailbox to read answers from: Debian's Dovecot on loopback, or where there is none a small server of our own."""

import imaplib
import os
import pwd
import re
import socketserver
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from tests.running import a_free_port

ROOT = Path(__file__).parent.parent
PASSWORD = "secret-of-the-mailbox"
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
mail_location = maildir:{folder}/mail
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
"""


class Box:
    """A running mailbox: its address, as LIC_IMAP_URL, and its other end."""

    def __init__(self, port):
        self.port = port
        self.url = f"imap://portal:{PASSWORD}@127.0.0.1:{port}/INBOX"

    def talk(self):
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        box.login("portal", PASSWORD)
        return box

    def put(self, *letters):
        box = self.talk()
        for letter in letters:
            assert box.append("INBOX", None, None, bytes(letter))[0] == "OK"
        box.logout()

    def count(self, folder="INBOX"):
        box = self.talk()
        status, (number, *_) = box.select(f'"{folder}"', readonly=True)
        box.logout()
        return int(number) if status == "OK" else 0


def dovecot_path():
    found = subprocess.run([ROOT / "tools/dovecot", "--path"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def dovecot(folder):
    """Dovecot, over a folder of this test's own; yields its Box."""
    root = os.getuid() == 0
    mine, port = pwd.getpwuid(os.getuid()), a_free_port()
    owner = pwd.getpwnam("nobody") if root else mine
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True, check=True).stdout.strip()
    for name in ("mail", "home"):
        (folder / name).mkdir()
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    text = CONFIGURATION.format(
        folder=folder, port=port, password=PASSWORD, uid=owner.pw_uid, gid=owner.pw_gid, user=mine.pw_name, group=group
    )
    if root:  # it has users of its own then
        text = re.sub(r"(?m)^default_.*\n", "", text)
    (folder / "dovecot.conf").write_text(text)
    process = subprocess.Popen([dovecot_path(), "-F", "-c", folder / "dovecot.conf"])
    box = Box(port)
    try:
        _wait(box, process)
        yield box
    finally:
        process.terminate()
        process.wait(10)


def _wait(box, process):
    for _ in range(100):
        assert process.poll() is None, "the mail server ended"
        try:
            box.talk().logout()
            return
        except (OSError, imaplib.IMAP4.error):
            time.sleep(0.1)
    raise AssertionError("the mail server does not answer")


# --- our own, where there is no other ----------------------------------------------------------


class _Session(socketserver.StreamRequestHandler):
    """As much of IMAP4rev1 as the portal speaks, over folders in memory."""

    def handle(self):
        self.folder = "INBOX"
        self.say("* OK ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            tag, command, *rest = line.split(" ", 2)
            if command.upper() == "UID":
                command, *rest = rest[0].split(" ", 1)
            if not self.answer(tag, command.upper(), rest[0] if rest else ""):
                return

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def answer(self, tag, command, rest):
        folders, status = self.server.folders, "OK"
        names = re.findall(r'"([^"]*)"|(\S+)', rest)
        last = names and (names[-1][0] or names[-1][1])
        if command == "LOGIN":
            status = "OK" if (names[-1][0] or names[-1][1]) == PASSWORD else "NO"
        elif command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1" + (" MOVE" if self.server.moves else ""))
        elif command in ("SELECT", "EXAMINE"):
            self.folder, status = last, "OK" if last in folders else "NO"
            if status == "OK":
                self.say(f"* {len(folders[last])} EXISTS")
                self.say("* OK [UIDVALIDITY 1] the same as ever")
        elif command == "CREATE":
            folders.setdefault(last, {})
        elif command == "APPEND":
            size = int(re.search(r"\{(\d+)\}$", rest)[1])
            self.say("+ go on")
            self.server.add(names[0][0] or names[0][1], self.rfile.read(size))
            self.rfile.readline()
        elif command == "SEARCH":
            gone, last = "UNDELETED" not in rest, re.match(r"1:(\d+) ", rest)
            here = list(folders[self.folder])[: int(last[1]) if last else None]
            self.say("* SEARCH " + " ".join(str(n) for n in here if (n in self.server.deleted) == gone))
        elif command == "FETCH":
            self.fetch(int(rest.split()[0]), rest)
        elif command in ("MOVE", "COPY"):
            if last not in folders:
                status = "NO"
            else:
                number = int(rest.split()[0])
                self.server.add(last, folders[self.folder][number])
                if command == "MOVE":
                    del folders[self.folder][number]
        elif command == "STORE":
            self.server.deleted.add(int(rest.split()[0]))
        elif command == "EXPUNGE":
            folders[self.folder] = {n: r for n, r in folders[self.folder].items() if n not in self.server.deleted}
        self.say(f"{tag} {status} done")
        return command != "LOGOUT"

    def fetch(self, number, asked):
        raw = self.server.folders[self.folder][number]
        if "SIZE" in asked:
            self.say(f"* {number} FETCH (UID {number} RFC822.SIZE {len(raw)})")
            return
        content = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in asked else raw
        if piece := re.search(r"<(\d+)\.(\d+)>", asked):
            content = content[int(piece[1]) :][: int(piece[2])]
        self.say(f"* {number} FETCH (UID {number} BODY[] {{{len(content)}}}")
        self.wfile.write(content + b")\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, port, moves):
        super().__init__(("127.0.0.1", port), _Session)
        self.folders, self.deleted, self.last, self.moves = {"INBOX": {}}, set(), 0, moves

    def add(self, folder, raw):
        self.last += 1
        self.folders[folder][self.last] = raw


def our_own(moves=False):
    """Ours; without MOVE, as older servers are."""
    port = a_free_port()
    with _Server(port, moves) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Box(port)
        server.shutdown()


def a_mailbox(kind):
    """A mailbox of this kind; where Dovecot is not, ours serves the same tests."""
    if kind == "our own" or not dovecot_path():
        yield from our_own(moves=kind == "dovecot")
        return
    with TemporaryDirectory() as folder:  # not among pytest's own, which nobody else may enter
        Path(folder).chmod(0o755)
        yield from dovecot(Path(folder))
