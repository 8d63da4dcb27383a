"""Identity and obstacles: what stands between an application and a renewal, judged from the registries' answers."""

from models.checks.facts import Finding, PersonFacts, RegistryAnswers, RenewalFacts, civil_numbers_to_ask
from models.checks.obstacles import find_obstacles

__all__ = ["Finding", "PersonFacts", "RegistryAnswers", "RenewalFacts", "civil_numbers_to_ask", "find_obstacles"]
