"""The one-page portrait of a territory: what it has, makes, buys and stores, beside France.

`measure` says what is known and estimated, `draws` how the model's calm economy trades, `portrait`
puts both together; `text`, `page` and `figure` show it, `folder` writes it.

The package is not called `portrait`: importing a module of that name would put it in the place of
the function `ressort.portrait`.
"""
