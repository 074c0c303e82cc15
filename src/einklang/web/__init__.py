"""How the house looks: page frame, formats, forms, charts, paging, and answers that say why not."""
