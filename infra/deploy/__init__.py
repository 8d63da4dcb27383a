"""How the service is put into production: images, a compose file for one machine, a Helm chart for many."""
