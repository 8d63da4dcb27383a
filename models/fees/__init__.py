"""From the facts of a case to an itemised, explained quote. Pure: the same facts and rule book give the same fils."""
