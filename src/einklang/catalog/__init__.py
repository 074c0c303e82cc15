"""What is made, bought and sold: items, bills of material, routings, work centres, suppliers."""
