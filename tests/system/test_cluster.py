"""A rush on several machines, two of which are lost in the middle, behind Debian's nginx and PgBouncer."""

import pytest
import requests

from bench.cluster import Rush, Size
from bench.machines import Cluster

pytestmark = pytest.mark.system

SIZE = Size(buyers=300, seats=20, connections=32, nodes=2, workers=2)


def test_machines_that_die_in_a_rush_sell_no_seat_twice_and_lose_none(tmp_path):
    with Cluster(tmp_path / "site", nodes=SIZE.nodes, workers=SIZE.workers) as cluster:
        lines = Rush(cluster, SIZE, print).run()

        assert [line for line in lines if not line.holds] == []
        for path in ("/metrics", "/readyz"):
            assert requests.get(cluster.address + path, timeout=30).status_code == 404
        assert requests.get(f"{cluster.address}/healthz", timeout=30).status_code == 200

        for name in set(cluster.nodes) - {"web-2"}:
            cluster.kill(name)
        french, chinese = (sent_away(cluster, language) for language in ("fr-FR,fr;q=0.9", "zh-CN,zh;q=0.9"))

    assert "réessayez" in french["detail"].lower()
    assert "请稍后重试" in chinese["detail"]
    assert cluster.left_running() == []


def sent_away(cluster, language):
    """What a caller reads when no machine is left."""
    answer = requests.get(f"{cluster.address}/api/v1/tours", headers={"Accept-Language": language}, timeout=30)
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 4
    assert answer.json()["code"] == "shop-silent"
    return answer.json()
