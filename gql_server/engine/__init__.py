"""A breadth-first executor for graphql-core: every field of a level for all its parents at once.

graphql-core executes depth-first: it calls a resolver, makes an info and a path, and often a future, for every field of
every object. Here an operation is a tree of levels. A level is all the objects that one field led to, of one type:

1. The selection set is collected and grouped once for each type and field (`plan`), and kept with the document for the
   next execution, for each combination of the variables that `@skip` and `@include` look at (`plans`).
2. Each field of a level is resolved for all its objects (`run`): a *batched* field by one call that takes all parents,
   a *column* by reading each source, any other by its ordinary resolver, object by object.
3. The values are completed as one column (`completing`): lists are flattened, leaves coerced in one go, and objects
   become the next level. Their outputs are made and put where they belong at once, and filled in later. An object that
   is there several times is executed once, and its output shared.
4. What is awaited is a task for each field of a level, not for each object (`tasks`). What has all its values goes on
   without waiting for its siblings; a long stretch of work rests now and then to let other requests go on.
5. An object knows only the field and the position in its column that it came from (`levels`). A path is made of that
   when a resolver is given it, or something fails. Failures are noted on the way, and put into effect at the end
   (`failures`), as far as a depth-first execution would have come to them.

So data and errors are those of graphql-core when nothing is awaited. When something is, the data is, and what is null
because of errors; but of several errors at and below one such position, graphql-core keeps those that came before it
had stopped the others, and here those are kept that nothing hides (`Effect.hides`). What a failure makes null has been
executed all the same, unless that is all data: then all ends. A resolver is called once for an object, wherever it is.

Middleware, abort signals, `@defer` and `@stream`, and operations without error propagation are left to graphql-core's
executor, and so are lists that are asynchronous or have awaitables in them, with all that is below.
"""

from gql_server.engine.executor import BreadthFirstExecutor
from gql_server.engine.fields import BATCH, BY_CLASS, COLUMN, Asked, Batch, BatchInfo, Column, make_batched, make_column

__all__ = [
    "BATCH",
    "BY_CLASS",
    "COLUMN",
    "Asked",
    "Batch",
    "BatchInfo",
    "BreadthFirstExecutor",
    "Column",
    "make_batched",
    "make_column",
]
