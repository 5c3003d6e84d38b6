// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench;

import dev.curfew.bench.register.Callbacks;
import java.io.IOException;
import java.util.List;

/// A callback registered for a stop and taken back; with two threads on one token only a quiet
/// machine counts, for it has to run both at the same time.
final class RegisterBench implements Bench {

  @Override
  public String name() {
    return "register";
  }

  @Override
  public String unit() {
    return "ns to register and take back";
  }

  @Override
  public List<String> columns() {
    return List.of("1 thread, CPU", "2 threads");
  }

  @Override
  public List<Contender> contenders() {
    return List.of(
        Contender.ours("Curfew onStop, close", "curfew"),
        Contender.peer("Kotlin invokeOnCompletion, dispose", "kotlinHandler"),
        Contender.peer("Kotlin child Job, complete", "kotlinChild"),
        Contender.peer("RxJava CompositeDisposable", "rxJava"),
        Contender.peer("Reactor Disposable.Composite", "reactor"),
        Contender.peer("ConcurrentHashMap by hand", "byHand"),
        Contender.limit("one shared counter, twice", "limit"));
  }

  @Override
  public void run(Table table, boolean quick) throws IOException {
    Jmh jmh = new Jmh(this, table, quick);
    jmh.measure(Callbacks.class, 1, true, "1 thread, CPU");
    jmh.measure(Callbacks.class, 2, false, "2 threads");
  }
}
