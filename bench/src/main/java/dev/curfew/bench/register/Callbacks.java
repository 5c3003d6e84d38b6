// SPDX-License-Identifier: Apache-2.0
package dev.curfew.bench.register;

import dev.curfew.StopSource;
import io.reactivex.rxjava3.disposables.CompositeDisposable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import kotlin.Unit;
import kotlin.jvm.functions.Function1;
import kotlinx.coroutines.CompletableJob;
import kotlinx.coroutines.JobKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import reactor.core.Disposable;
import reactor.core.Disposables;

/// One callback registered and taken back, beside a thousand others that stay: alone, some peers
/// have a fast path that a shared parent never takes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Callbacks {

  private static final int OTHERS = 1000;
  private static final Runnable CALLBACK = Callbacks::call;
  private static final Function1<Throwable, Unit> HANDLER = Callbacks::handle;

  private final StopSource source = StopSource.named("bench");
  private final CompletableJob job = JobKt.Job(null);
  private final CompletableJob parent = JobKt.Job(null);
  private final CompositeDisposable rx = new CompositeDisposable();
  private final Disposable.Composite reactor = Disposables.composite();
  private final ConcurrentHashMap<Object, Runnable> map = new ConcurrentHashMap<>();
  private final AtomicLong counter = new AtomicLong();

  /// Registers the others.
  public Callbacks() {
    for (int i = 0; i < OTHERS; i++) {
      var _ = source.token().onStop("other", CALLBACK);
      var _ = job.invokeOnCompletion(HANDLER);
      var _ = JobKt.Job(parent);
      boolean _ = rx.add(io.reactivex.rxjava3.disposables.Disposable.fromRunnable(CALLBACK));
      boolean _ = reactor.add(new Callback());
      var _ = map.put(new Object(), CALLBACK);
    }
  }

  private static void call() {}

  private static Unit handle(Throwable cause) {
    return Unit.INSTANCE;
  }

  /// A callback of Reactor's, told from others by what it is.
  private static final class Callback implements Disposable {
    @Override
    public void dispose() {}
  }

  @Benchmark
  public void curfew() {
    source.token().onStop("callback", CALLBACK).close();
  }

  @Benchmark
  public void kotlinHandler() {
    job.invokeOnCompletion(HANDLER).dispose();
  }

  @Benchmark
  public boolean kotlinChild() {
    return JobKt.Job(parent).complete();
  }

  @Benchmark
  public boolean rxJava() {
    var callback = io.reactivex.rxjava3.disposables.Disposable.fromRunnable(CALLBACK);
    boolean added = rx.add(callback);
    return added && rx.delete(callback);
  }

  @Benchmark
  public boolean reactor() {
    Callback callback = new Callback();
    boolean added = reactor.add(callback);
    return added && reactor.remove(callback);
  }

  @Benchmark
  public Object byHand() {
    Object key = new Object();
    var _ = map.put(key, CALLBACK);
    return map.remove(key);
  }

  /// Two changes that all threads see: in, and out.
  @Benchmark
  public long limit() {
    return counter.getAndIncrement() + counter.getAndIncrement();
  }
}
