// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer

import java.util.concurrent.Executor
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel

/** Two of the threads of Kotlin's dispatcher for blocking calls: its fastest pool, as measured. */
class KotlinPool : Pools {

  private val dispatcher = Dispatchers.IO.limitedParallelism(2)
  private val executor: Executor = dispatcher.asExecutor()
  private val scope = CoroutineScope(dispatcher + SupervisorJob())

  override fun execute(task: Runnable) = executor.execute(task)

  override fun submit(task: Runnable) {
    scope.async { task.run() }
  }

  override fun close() = scope.cancel()
}
