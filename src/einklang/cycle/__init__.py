"""The monthly sales and operations planning cycle: steps, scenarios, plan versions, signatures."""
