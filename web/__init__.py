"""People and callbacks: the pay page, the gateway's notifications, receipts; later the portal and the console."""
