"""The cluster's files: made once, and freed of what a killed server left in them."""

import os
import shutil
import signal
import subprocess

from infra.stack import marks, private_file, procfs
from infra.stack.environment import base_environment
from infra.stack.errors import StackError
from infra.stack.postgres_cluster import ADMIN, Cluster


def make_ready(cluster: Cluster) -> None:
    """Afterwards a server can start on the files. Safe to repeat, and to interrupt anywhere."""
    if cluster.data.exists():
        _clear_after_a_kill(cluster)
    else:
        _initialise(cluster)


def _initialise(cluster: Cluster) -> None:
    """In a draft folder first, so that an interrupted initdb is never taken for a cluster."""
    draft = cluster.home / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    password = cluster.home / "password"
    private_file.write(password, cluster.secrets.database_admin_password.get_secret_value())
    account = cluster.account
    if account is not None:
        os.chown(password, account.uid, account.gid)
    words = [cluster.programs["initdb"], "--pgdata", str(draft), "--username", ADMIN, "--pwfile", str(password)]
    words += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
    if not cluster.durable:
        words += ["--no-sync"]
    done = subprocess.run(  # noqa: S603 - the machine's own initdb
        words,
        check=False,
        capture_output=True,
        text=True,
        cwd=cluster.home,
        env=base_environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    password.unlink()
    if done.returncode != 0:
        raise StackError(f"PostgreSQL could not make a cluster in {cluster.home}:\n{done.stderr.strip()}")
    draft.rename(cluster.data)


def _clear_after_a_kill(cluster: Cluster) -> None:
    """End orphaned backends, which keep a new server out, and drop a lock file whose number now names a stranger."""
    lock = cluster.data / "postmaster.pid"
    if not lock.exists():
        return
    pid = int(lock.read_text().split("\n", 1)[0])
    ours = procfs.working_in(cluster.data)
    if pid in {process.pid for process in ours}:
        raise StackError(f"A PostgreSQL server that this stack did not start (process {pid}) runs on {cluster.data}.")
    marks.send(ours, signal.SIGKILL)
    lock.unlink()
