// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/// Why something is asked to stop: the kind, who asked, where, when, and what that was a
/// consequence of.
///
/// Every stop has one; the first is kept. What lies below a stopped scope gets a [ParentStopped]
/// that leads back to it, so that [#chain] reads from the effect to the first cause:
///
/// ```
/// parent app/images stopped <- requested 'deploy' by main at Deploy.java:31
/// ```
///
/// Reasons hold strings and no references to threads or scopes: keeping one keeps nothing else
/// alive. The idea that a cancellation says why is Go's `context.Cause`; who and where are Trio's.
public sealed interface StopReason {

  /// {@return who asked, where and when}
  Origin origin();

  /// {@return this reason alone in a few words, without its causes}
  String why();

  /// {@return the first cause: this reason, unless it is the consequence of another stop}
  default StopReason root() {
    return this;
  }

  /// {@return this reason and what it follows from, effect first, on one line}
  default String chain() {
    return why() + " by " + origin();
  }

  /// {@return a stop that somebody asked for}
  ///
  /// @param why a few words for the people who read the report
  static StopReason requested(String why) {
    return new Requested(why, Origin.here());
  }

  /// {@return a stop of the whole program}
  ///
  /// @param signal what ended it, such as `SIGTERM`
  static StopReason shutdown(String signal) {
    return new Shutdown(signal, Origin.here());
  }

  /// {@return a stop because a limit was reached}
  ///
  /// @param limit the limit in words, with its value
  static StopReason limit(String limit) {
    return new LimitReached(limit, Origin.here());
  }

  /// Who asked for a stop, where, and when.
  ///
  /// @param thread the name of the thread that asked
  /// @param scope the path of the scope it was in, empty outside all scopes
  /// @param place the line of code that asked, such as `Deploy.java:31`; empty when nobody's code
  ///     did
  /// @param when by the wall clock
  record Origin(String thread, String scope, String place, Instant when) {

    private static final StackWalker WALKER = StackWalker.getInstance();

    /// Types of this library that ask on behalf of their caller.
    private static final Set<String> OURS =
        Set.of(
            StopReason.class.getName(),
            StopSource.class.getName(),
            Scope.class.getName(),
            Closing.class.getName(),
            Fork.class.getName(),
            Forks.class.getName(),
            ForkGroup.class.getName(),
            Curfew.class.getName(),
            Detached.class.getName(),
            Stay.class.getName(),
            Wait.class.getName(),
            Signal.class.getName(),
            Shared.class.getName());

    /// Packages that ask on behalf of who waits, cancels a task or closes a pool or a worker; their
    /// tests lie beside them.
    private static final List<String> PARTS =
        List.of("dev.curfew.pool.", "dev.curfew.sync.", "dev.curfew.worker.");

    /// {@return the calling thread, its scope, and the line that called this library}
    public static Origin here() {
      Lease lease = Lease.current();
      String scope = lease == null ? "" : lease.node.path();
      return new Origin(Thread.currentThread().getName(), scope, callingLine(), Instant.now());
    }

    /// An event without code of a user behind it, such as a deadline.
    static Origin ours(String who, String scope) {
      return new Origin(who, scope, "", Instant.now());
    }

    private static String callingLine() {
      return WALKER.walk(
          frames ->
              frames
                  .filter(frame -> !isOurs(frame.getClassName()))
                  .findFirst()
                  .map(Origin::place)
                  .orElse(""));
    }

    private static String place(StackWalker.StackFrame frame) {
      String file = frame.getFileName();
      return (file == null ? frame.getClassName() : file) + ":" + frame.getLineNumber();
    }

    private static boolean isOurs(String type) {
      if (type.startsWith("java.")) {
        return true; // such as a collection that calls back, or the beginning of a thread
      }
      String top = type.indexOf('$') < 0 ? type : type.substring(0, type.indexOf('$'));
      return OURS.contains(top) || PARTS.stream().anyMatch(type::startsWith);
    }

    @Override
    public String toString() {
      return (thread.isEmpty() ? "an unnamed thread" : thread)
          + (scope.isEmpty() ? "" : " in " + scope)
          + (place.isEmpty() ? "" : " at " + place);
    }
  }

  /// Somebody asked.
  ///
  /// @param text a few words for the people who read the report
  /// @param origin who asked
  record Requested(String text, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "requested '" + text + "'";
    }
  }

  /// The deadline of a scope has come.
  ///
  /// @param scope the path of the scope whose own deadline it was
  /// @param origin when it was noticed
  record DeadlinePassed(String scope, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "deadline of " + scope + " passed";
    }
  }

  /// The scope above was stopped.
  ///
  /// @param scope the path of the scope above
  /// @param parent why that one was stopped
  record ParentStopped(String scope, StopReason parent) implements StopReason {
    @Override
    public Origin origin() {
      return parent.origin();
    }

    @Override
    public String why() {
      return "parent " + scope + " stopped";
    }

    @Override
    public StopReason root() {
      return parent.root();
    }

    @Override
    public String chain() {
      return why() + " <- " + parent.chain();
    }
  }

  /// Another fork of the same scope failed.
  ///
  /// @param sibling the path of the fork that failed
  /// @param failure what it threw
  /// @param origin when it failed
  record SiblingFailed(String sibling, Throwable failure, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "sibling " + sibling + " failed with " + ForkFailedException.describe(failure);
    }

    @Override
    public String chain() {
      return why(); // it names who it was
    }
  }

  /// Another fork of the same scope had the answer first.
  ///
  /// @param sibling the path of the fork that succeeded
  /// @param origin when it succeeded
  record SiblingSucceeded(String sibling, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "sibling " + sibling + " succeeded";
    }

    @Override
    public String chain() {
      return why(); // it names who it was
    }
  }

  /// A limit was reached.
  ///
  /// @param limit the limit in words, with its value
  /// @param origin who noticed
  record LimitReached(String limit, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "limit reached: " + limit;
    }
  }

  /// The future that stands for the work was cancelled.
  ///
  /// @param origin who cancelled it
  record FutureCancelled(Origin origin) implements StopReason {
    @Override
    public String why() {
      return "future cancelled";
    }
  }

  /// The whole program is to end.
  ///
  /// @param signal what ended it, such as `SIGTERM`
  /// @param origin who noticed
  record Shutdown(String signal, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "shutdown (" + signal + ")";
    }
  }

  /// Somebody outside this library interrupted the thread; who, the JDK does not tell.
  ///
  /// @param origin the thread that was interrupted, and when that was noticed
  record ForeignInterrupt(Origin origin) implements StopReason {
    @Override
    public String why() {
      return "interrupted from outside";
    }
  }

  /// The lease on an item was lost, so somebody else may have it already.
  ///
  /// @param item the item's name
  /// @param text what happened to the lease
  /// @param origin who noticed
  record LeaseLost(String item, String text, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "lease on " + item + " lost: " + text;
    }
  }

  /// The scope was left before its forks had ended.
  ///
  /// @param scope the path of the scope
  /// @param text how it was left
  /// @param origin who left it
  record ScopeClosed(String scope, String text, Origin origin) implements StopReason {
    @Override
    public String why() {
      return "scope " + scope + " closed: " + text;
    }
  }
}
