"""What is true: tables, state machines, rules, money, fees. No network, clock, settings or Prefect."""
