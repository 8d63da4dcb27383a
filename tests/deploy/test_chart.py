"""The Helm chart: its objects are Kubernetes objects, refused without what must be given, and as careful as it says."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.conftest import DEPLOY, containers, helm

EXAMPLE = DEPLOY / "chart" / "values.example.yaml"
VERSIONS = ("1.27", "1.30", kubernetes_validate.latest_version())


def kinds(charted: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in charted if each["kind"] == kind}


def test_the_linter_has_nothing_to_say() -> None:
    done = helm("lint", "--strict", "--quiet")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_that_kubernetes_knows(charted: list[dict[str, Any]], version: str) -> None:
    """By Kubernetes' own schemas; `strict` refuses a field that it does not know."""
    assert len(charted) == 26
    for each in charted:
        kubernetes_validate.validate(each, version, strict=True)


def test_without_values_it_says_what_is_missing(tmp_path: Path) -> None:
    empty = tmp_path / "values.yaml"
    empty.write_text("{}")
    done = helm("template", values=empty)
    assert done.returncode != 0
    for path in ("/image/tag", "/secrets/renewal", "RENEWAL_KNET__PAGE_URL", "/hosts/web", "/network/postgres/cidrs"):
        assert path in done.stderr


@pytest.mark.parametrize("name", ["RENEWAL_SEAL_KEY", "RENEWAL_KNET__RESOURCE_KEY", "RENEWAL_NO_SUCH_SETTING"])
def test_a_secret_or_an_unknown_name_among_the_settings_is_refused(tmp_path: Path, name: str) -> None:
    values = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    values["settings"][name] = "x"
    changed = tmp_path / "values.yaml"
    changed.write_text(yaml.safe_dump(values))
    done = helm("template", values=changed)
    assert done.returncode != 0
    assert name in done.stderr


def test_no_container_is_root_or_writes_outside_its_volumes(charted: list[dict[str, Any]]) -> None:
    found = list(containers(charted))
    assert len(found) == 9
    for pod, container in found:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["automountServiceAccountToken"] is False
        careful = container["securityContext"]
        assert careful["readOnlyRootFilesystem"] is True
        assert careful["allowPrivilegeEscalation"] is False
        assert careful["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= set(container["resources"]["limits"])


def test_a_worker_is_probed_and_given_longer_than_its_drain(charted: list[dict[str, Any]]) -> None:
    deployment = kinds(charted, "Deployment")["renewal-worker"]["spec"]
    pod = deployment["template"]["spec"]
    [worker] = pod["containers"]
    environment = {each["name"]: each.get("value") for each in worker["env"]}
    assert pod["terminationGracePeriodSeconds"] >= int(environment["RENEWAL_WORKER__DRAIN_SECONDS"]) + 15
    [port] = worker["ports"]
    assert str(port["containerPort"]) == environment["RENEWAL_WORKER__HEALTH_PORT"]
    for probe, path in (("startupProbe", "/live"), ("livenessProbe", "/live"), ("readinessProbe", "/ready")):
        assert worker[probe]["httpGet"] == {"path": path, "port": port["name"]}
    assert "replicas" not in deployment, "the autoscaler decides"
    assert kinds(charted, "HorizontalPodAutoscaler")["renewal-worker"]
    assert kinds(charted, "PodDisruptionBudget")["renewal-worker"]


def test_what_must_be_several_is_and_what_must_be_one_is(charted: list[dict[str, Any]]) -> None:
    replicas = {name: each["spec"].get("replicas") for name, each in kinds(charted, "Deployment").items()}
    assert replicas["renewal-prefect-api"] == 2
    assert replicas["renewal-web"] == 2
    assert replicas["renewal-prefect-services"] == 1
    services = kinds(charted, "Deployment")["renewal-prefect-services"]["spec"]
    assert services["strategy"] == {"type": "Recreate"}, "an old one and a new one must not run side by side"


def test_migrations_come_before_everything_and_may_use_the_network_by_then(charted: list[dict[str, Any]]) -> None:
    job = kinds(charted, "Job")["renewal-migrations"]
    policy = kinds(charted, "NetworkPolicy")["renewal-migrations"]
    for each in (job, policy):
        assert each["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    weights = [int(each["metadata"]["annotations"]["helm.sh/hook-weight"]) for each in (policy, job)]
    assert weights[0] < weights[1]


def test_nobody_speaks_but_those_who_must(charted: list[dict[str, Any]]) -> None:
    policies = kinds(charted, "NetworkPolicy")
    everybody = policies["renewal-nothing-but"]["spec"]
    assert everybody["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everybody
    [names] = everybody["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    assert callers(policies, "prefect-api") == {"worker", "staff", "prefect-services"}
    assert callers(policies, "redis") == {"prefect-api", "prefect-services"}
    assert callers(policies, "web") == {"namespace ingress"}
    assert callers(policies, "staff") == {"namespace ingress"}
    assert callers(policies, "worker") == set()
    components = {
        pod["metadata"]["labels"]["app.kubernetes.io/component"]
        for each in charted
        if (pod := each.get("spec", {}).get("template"))
    }
    assert {f"renewal-{component}" for component in components} <= set(policies)


def callers(policies: dict[str, dict[str, Any]], component: str) -> set[str]:
    found = set()
    for rule in policies[f"renewal-{component}"]["spec"].get("ingress", []):
        for each in rule["from"]:
            labels = (each.get("podSelector") or each["namespaceSelector"])["matchLabels"]
            component_of = labels.get("app.kubernetes.io/component")
            found.add(component_of or f"namespace {labels['kubernetes.io/metadata.name']}")
    return found
