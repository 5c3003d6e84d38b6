// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.peer

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** Kotlin's coroutines: no threads, so a stop unwinds no stack. */
class KotlinScope : Forks, Stops {

  override fun forkAndJoin(n: Int, task: Runnable) =
    runBlocking(Dispatchers.Default) { coroutineScope { repeat(n) { launch { task.run() } } } }

  override fun stop(tasks: Blocked) = runBlocking {
    val job = Job()
    val scope = CoroutineScope(Dispatchers.Default + job)
    repeat(tasks.count()) { scope.launch { block(tasks) } }
    tasks.awaitAllBlocked()
    tasks.asked()
    job.cancelAndJoin()
  }

  private suspend fun block(tasks: Blocked) {
    tasks.begin()
    if (!tasks.counts()) return delay(Blocked.SLEEP.toMillis())
    try {
      if (tasks.sleeps()) delay(Blocked.SLEEP.toMillis()) else Channel<Int>().receive()
    } finally {
      tasks.end()
    }
  }
}
