// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.Deadline;
import dev.curfew.StopReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A source that writes down what it is told, and does what a test says when it is called.
final class Shelf implements Source<String> {

  /// What a call does before it succeeds.
  interface Twist {
    void run() throws Exception;
  }

  final LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
  final Queue<String> told = new ConcurrentLinkedQueue<>();
  final Map<String, Twist> twists = new ConcurrentHashMap<>();
  volatile @Nullable Duration lease;
  volatile boolean taken;

  Shelf(String... items) {
    queue.addAll(List.of(items));
  }

  Shelf withLease(Duration span) {
    lease = span;
    return this;
  }

  /// Has this done when it is called; the name of a call is such as `done a`.
  Shelf when(String call, Twist twist) {
    twists.put(call, twist);
    return this;
  }

  private void tell(String call) throws Exception {
    Twist twist = twists.get(call);
    if (twist != null) {
      twist.run();
    }
    told.add(call);
  }

  @Override
  public Claim<String> claim(int most, Deadline until) throws Exception {
    Twist twist = twists.get("claim");
    if (twist != null) {
      twist.run();
    }
    List<String> items = new ArrayList<>();
    String first = queue.poll(until.remaining().toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      items.add(first);
      boolean _ = queue.drainTo(items, most - 1) > 0;
    }
    return Claim.of(items);
  }

  @Override
  public Optional<Duration> lease() {
    return Optional.ofNullable(lease);
  }

  @Override
  public boolean renew(String item) throws Exception {
    tell("renew " + item);
    return !taken;
  }

  @Override
  public void done(String item) throws Exception {
    tell("done " + item);
  }

  @Override
  public void failed(String item, Throwable failure) throws Exception {
    tell("failed " + item);
  }

  @Override
  public void handBack(String item, StopReason reason) throws Exception {
    tell("back " + item);
  }

  @Override
  public void drop(String item, StopReason reason) throws Exception {
    tell("drop " + item);
  }
}
