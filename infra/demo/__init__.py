"""The demo: synthetic persons with painted documents and the applications that tell one story each."""
