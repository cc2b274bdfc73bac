"""Lines of the log."""

import subprocess
import sys

SAY = """
import logging, structlog
from shop.core import logs
logs.configure()
structlog.get_logger().info("said", seats=2)
logging.getLogger("library").error("complained")
print("went on")
"""


def say(here, stderr):
    return subprocess.run([sys.executable, "-c", SAY], cwd=here, stdout=subprocess.PIPE, stderr=stderr, check=False)


def test_a_line_is_one_object_and_libraries_speak_the_same_way(here):
    lines = say(here, subprocess.PIPE).stderr.decode().splitlines()

    assert [line[0] + line[-1] for line in lines] == ["{}", "{}"]
    assert '"event": "said"' in lines[0]
    assert '"logger": "library"' in lines[1]


def test_a_full_disk_spoils_nothing_but_the_log(here):
    with open("/dev/full", "w") as full:
        said = say(here, full)

    assert (said.stdout, said.returncode) == (b"went on\n", 0)
