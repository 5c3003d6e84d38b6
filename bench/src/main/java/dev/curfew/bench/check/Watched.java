// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.check;

import dev.curfew.Curfew;
import dev.curfew.Scope;
import dev.curfew.StopToken;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineScopeKt;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.Job;
import kotlinx.coroutines.JobKt;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What each measured thread may look at, in a scope that nobody stops.
@State(org.openjdk.jmh.annotations.Scope.Thread)
public class Watched {

  /// What a program would bind to a thread by itself.
  static final class Flag {
    volatile boolean stopped;
  }

  static final ScopedValue<Flag> SCOPED = ScopedValue.newInstance();

  final Flag flag = new Flag();

  /// A job below another one, as any that belongs to a coroutine.
  final Job job = JobKt.Job(JobKt.Job(null));

  final CoroutineScope coroutines =
      CoroutineScopeKt.CoroutineScope(Dispatchers.getDefault().plus(job));

  StopToken token = Curfew.token();

  private @Nullable Scope scope;

  /// Opens the scope, on the thread that is measured.
  @Setup(Level.Iteration)
  public void open() {
    scope = Scope.open("bench");
    token = Curfew.token();
  }

  /// Closes it.
  @TearDown(Level.Iteration)
  public void close() {
    if (scope != null) {
      scope.close();
    }
  }
}
