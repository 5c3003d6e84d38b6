// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One task on the calling thread, with a place of its own in the tree: what a scope is, without
/// forks and resources, for a tenth of its price.
///
/// For threads that do one task after another, as the workers of a pool do. Each errand is stopped
/// alone or with what it lies in, has its name in paths and reports, and an interrupt that is meant
/// for it never reaches the next one. Code inside may open scopes, wait and take the token as
/// anywhere.
///
/// ```java
/// Errand errand = Errand.of("convert-17", ScopeSettings.DEFAULT);
/// errand.run(() -> convert(file));
/// ```
///
/// **Threads.** Any thread may stop and look. The thread that made it runs it, once.
///
/// **Cost.** About a hundred nanoseconds, and three small objects. An errand with a deadline sets
/// an alarm as well.
public final class Errand {

  /// What an errand is run for.
  @FunctionalInterface
  public interface Named {

    /// {@return its name in paths and reports; asked for only when somebody wants to know, by any
    /// thread and also later, so it is quick and never changes}
    String name();
  }

  private final ScopeSettings settings;
  private final @Nullable Deadline own;
  private final StopNode node;
  private final Lease lease;
  private final boolean inRow;

  // written by the own thread; others read them only to describe what they see
  private Named named;
  private boolean idle;

  // own thread
  private boolean fresh = true;
  private boolean ended;

  private Errand(Named named, ScopeSettings settings, boolean inRow) {
    Lease around = Lease.current();
    StopNode parent = around == null ? StopNode.ROOT : around.node;
    this.named = named;
    this.inRow = inRow;
    this.settings = settings;
    this.own =
        settings.deadline().isEmpty()
            ? null
            : Deadline.after(settings.deadline().get(), settings.time());
    this.node = parent.addChild("", this, settings.time(), own, Thread.currentThread(), true);
    this.lease = node.ownLease();
  }

  /// Makes one below the calling thread's place, to be run at once: until it has run, it is part of
  /// the tree.
  ///
  /// @param name its name in paths and reports
  /// @param settings its deadline and clock, and what a scope that is opened inside starts from
  /// @return the errand; if what it lies in is stopped, it is, too
  public static Errand of(String name, ScopeSettings settings) {
    return new Errand(() -> name, settings, false);
  }

  /// {@return one that is kept after its run if it can be used again, see [Errands]}
  static Errand inRow(Named named, ScopeSettings settings) {
    return new Errand(named, settings, true);
  }

  /// Makes the errand, which has run, the next one, unless somebody may still know it.
  boolean renew(Named next) {
    if (!idle || node.reason() != null) {
      return false;
    }
    named = next;
    idle = false;
    fresh = true;
    return true;
  }

  /// Whether it only waits to be used again; it is no part of the tree to be shown then.
  boolean isIdle() {
    return idle;
  }

  /// Runs the body, and ends the errand.
  ///
  /// **Stopping.** The body may be interrupted while it runs. One that is stopped before it begins
  /// begins all the same: look at the [#token] first.
  ///
  /// @param <T> the type of the value
  /// @param <X> what the body may throw
  /// @param body what to run
  /// @return the value of the body
  /// @throws X what the body threw
  /// @throws DeadlineExceededException if its own deadline cut the body short
  /// @throws StoppedException if another stop did
  /// @throws IllegalStateException if it has run, on a thread other than the one that made it, or
  ///     if the body left a scope open
  public <T extends @Nullable Object, X extends Exception> T run(Body<? extends T, X> body)
      throws X {
    if (!Thread.currentThread().equals(lease.thread) || !fresh) {
      throw new IllegalStateException(
          path() + " is run once, by the thread that made it, " + lease.thread.getName());
    }
    fresh = false;
    if (lease.isNew()) {
      lease.enter();
    }
    TimeSource.Alarm alarm = null;
    try {
      alarm = alarm();
      if (node.reason() != null) {
        new Pursuit(List.of(lease)).begin(); // no wave knows it
      }
      return Stay.run(lease, body);
    } catch (Throwable thrown) {
      StopReason reason = node.reason();
      Throwable end = lease.endedBy(thrown);
      if (reason != null && end != null && StopShape.matches(end)) {
        lease.markSeen();
        throw Boundary.cutShort(reason, end);
      }
      throw thrown;
    } finally {
      if (alarm != null) {
        alarm.cancel();
      }
      idle = inRow && own == null && !lease.isNoticed() && node.reason() == null;
      if (!idle) {
        end();
      }
    }
  }

  /// Gives up its place, once.
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (lease.isNew()) {
      lease.discard(); // it never ran
    } else {
      lease.closeLast();
    }
    node.remove();
  }

  private TimeSource.@Nullable Alarm alarm() {
    Deadline end = own;
    return end == null ? null : end.time().alarm(end.atNanos(), this::deadlinePassed);
  }

  private void deadlinePassed() {
    StopReason.Origin origin = StopReason.Origin.ours("the clock", path());
    boolean _ = node.stop(new StopReason.DeadlinePassed(path(), origin));
  }

  ScopeSettings settings() {
    return settings;
  }

  /// {@return when its stop is over: by its plan, or earlier by that of what it lies in}
  Deadline endOfStop() {
    return node.boundedAbove(
        Deadline.from(node.askedAt(), settings.plan().within(), settings.time()));
  }

  /// Asks this errand alone to stop, and returns at once. The first reason is kept.
  ///
  /// @param reason why
  /// @return whether this call was the first to ask
  public boolean stop(StopReason reason) {
    return node.stop(reason);
  }

  /// {@return its token: stopped with it or with anything above}
  public StopToken token() {
    return new StopToken(node);
  }

  String name() {
    return named.name();
  }

  /// {@return the names from the outermost scope to this errand, joined by slashes}
  public String path() {
    return node.path();
  }

  /// {@return how its stop went so far; empty if there was none}
  public Optional<StopReport> report() {
    return Optional.ofNullable(node.reason())
        .map(reason -> Closing.report(node, reason, endOfStop()));
  }

  @Override
  public String toString() {
    return token().toString();
  }
}
