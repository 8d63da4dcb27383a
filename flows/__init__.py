"""The order of the steps: what is a flow, how it is deployed, and the worker that carries its runs."""
