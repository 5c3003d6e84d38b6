// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.Curfew;
import dev.curfew.Deadline;
import dev.curfew.Fork;
import dev.curfew.Scope;
import dev.curfew.StopPlan;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import dev.curfew.process.ProcessTable.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A child process and everything that came out of it.
///
/// In a scope it is a fork, and ended with that: [#fork(Scope, String, Command)]. Without one you
/// end it yourself:
///
/// ```java
/// try (var child = ChildProcess.start(Command.of("make", "all").withOutput(log))) {
///   if (child.awaitExit(Duration.ofMinutes(5)).isEmpty()) {
///     child.ask();
///     if (!child.awaitGone(Duration.ofSeconds(5)).isEmpty()) {
///       child.force();
///     }
///   }
/// }
/// ```
///
/// **The tree.** The process started is the leader. Descendants count as members wherever they have
/// gone: into the background, to another parent, into another session. They are found by the
/// leader's session, by parentage, by the marker in their environment, and by having been seen
/// before. Nothing is signalled that is not proven to be a member.
///
/// **Two ways.** On Linux with native access enabled the child gets a session of its own, all
/// signals at their defaults, and none of this program's open files; see [#means()]. Elsewhere the
/// JDK's `ProcessBuilder` starts it, and then: it shares this program's session; words must be text
/// in the system's encoding; a death by signal N shows as exit code 128 + N; stopped processes
/// are not continued when asked, and none is frozen before it is killed; and off Linux,
/// descendants are found only by parentage, so that those whose parent ended before anybody looked
/// are missed.
///
/// **Threads.** All methods may be called from any thread. A wait holds its thread in the kernel:
/// wait on platform threads.
public final class ChildProcess implements AutoCloseable {
  private static final Duration CLOSE_BUDGET = Duration.ofSeconds(5);

  private final Command command;
  private final Leader leader;
  private final ProcessTable table;
  private final Kernel kernel;
  private final String means;
  private final ReasonFile reasonFile;

  // guarded by this
  private @Nullable Row identity;
  private @Nullable ProcessTree tree;
  private boolean reaped;

  private ChildProcess(
      Command command,
      Leader leader,
      ProcessTable table,
      Kernel kernel,
      String means,
      ReasonFile reasonFile) {
    this.command = command;
    this.leader = leader;
    this.table = table;
    this.kernel = kernel;
    this.means = means;
    this.reasonFile = reasonFile;
  }

  /// Starts a command in a fork of a scope, and ends it with that, as
  /// [#fork(Scope, String, Command, StopPlan)]; at most ten seconds after it was asked it is
  /// killed.
  ///
  /// @param scope the scope that owns it
  /// @param name its name in paths and reports
  /// @param command what to start
  /// @return the handle of the fork
  /// @throws StoppedException if the scope is stopped, with the reason
  public static Fork<Exit> fork(Scope scope, String name, Command command) {
    return fork(scope, name, command, StopPlan.within(Duration.ofSeconds(10)));
  }

  /// Starts a command in a fork of a scope, and ends it with that.
  ///
  /// The output files are emptied before this returns, so that [Output#follow] shows this child's
  /// output alone. The value of the fork is how the leader ended; an exit code other than 0 is no
  /// failure. A command that cannot be started is: then the fork has failed with the `IOException`
  /// of [#start].
  ///
  /// **Stopping.** The whole tree is asked at once, and killed when the plan given here is over, or
  /// so early that the plan of the stopped scope is kept; a JVM is asked for a thread dump before.
  /// A leader that ends with code 0 all the same has done its work, and the fork has its value. The
  /// fork ends when nothing of the tree lives any more. What survives a KILL keeps it: it is
  /// abandoned then, and the report and the ledger name the processes that are left, as long as
  /// they live, an hour at most. What a leader that ends by itself leaves running is asked to end,
  /// too, and killed after two seconds. How it went is among the notes of the report.
  ///
  /// **Threads.** The fork has a platform thread, whatever the settings of the scope say: threads
  /// that compute cannot delay a kill.
  ///
  /// **Cost.** That thread, and a look through all processes when it ends.
  ///
  /// @param scope the scope that owns it
  /// @param name its name in paths and reports
  /// @param command what to start
  /// @param plan from asking it until it is killed
  /// @return the handle of the fork
  /// @throws StoppedException if the scope is stopped, with the reason
  public static Fork<Exit> fork(Scope scope, String name, Command command, StopPlan plan) {
    if (!scope.token().isStopped()) {
      empty(command.output());
      empty(command.errors());
    }
    return fork(scope, name, new Ladder(() -> start(command), plan, Exit::succeeded));
  }

  /// Not only when the fork has come to start it: who reads along from now on would otherwise be
  /// given what an earlier child wrote.
  private static void empty(Path output) {
    if (Files.isRegularFile(output)) {
      try {
        Files.newOutputStream(output, StandardOpenOption.TRUNCATE_EXISTING).close();
      } catch (IOException e) {
        // the start fails for the same reason, and says it
      }
    }
  }

  static Fork<Exit> fork(Scope scope, String name, Ladder ladder) {
    return scope.fork(name, Thread.ofPlatform().daemon().factory(), ladder);
  }

  /// Starts a command in its directory; its program is looked up in this program's `PATH`.
  /// The deadline of the calling thread's scope travels with it, see [Deadline#VARIABLE].
  ///
  /// @param command what to start
  /// @throws IOException if the program is not found, is not executable, or gets too many
  ///     arguments, if its directory is not there, or if an output file cannot be created; the
  ///     message says which and what to do
  public static ChildProcess start(Command command) throws IOException {
    return start(command, Starter.here(), Here.TABLE, Here.KERNEL);
  }

  static ChildProcess start(Command command, Starter starter, ProcessTable table, Kernel kernel)
      throws IOException {
    ReasonFile reasonFile = ReasonFile.unwritten();
    Leader leader = starter.start(command.withEnvironment(handedDown(command, reasonFile)));
    var child = new ChildProcess(command, leader, table, kernel, starter.means(), reasonFile);
    if (!leader.ownsSession()) {
      child.identity(); // the JDK reaps it at once
    }
    return child;
  }

  /// Asked when first needed, for most children end without that; it cannot change until the leader
  /// is reaped.
  private synchronized Row identity() {
    if (identity == null) {
      Row row = reaped ? null : table.row(leader.pid());
      // It may be gone by now: start time 0 fits nothing.
      identity = row == null ? new Row(leader.pid(), 0, 0, 0, 0, false) : row;
    }
    return identity;
  }

  private synchronized ProcessTree tree() {
    if (tree == null) {
      boolean anchored = leader.ownsSession() && !reaped;
      tree = ProcessTree.of(table, kernel, command.marker(), identity(), anchored);
    }
    return tree;
  }

  private synchronized void letGo() {
    reaped = true;
    if (tree != null) {
      tree.unanchor();
    }
  }

  /// What the command itself says is stronger.
  private static Map<String, String> handedDown(Command command, ReasonFile reasonFile) {
    var environment = new HashMap<String, String>();
    Curfew.remaining()
        .ifPresent(left -> environment.put(Deadline.VARIABLE, ReasonFile.absolute(left)));
    environment.put(Command.REASON_VARIABLE, reasonFile.path());
    if (!Here.MARKERS_ABOVE.isEmpty()) {
      environment.put(Command.ABOVE_VARIABLE, Here.MARKERS_ABOVE);
    }
    environment.putAll(command.environment());
    return environment;
  }

  /// What does not change while this program runs.
  private static final class Here {
    static final ProcessTable TABLE = ProcessTable.here();
    static final Kernel KERNEL = Kernel.here(TABLE);
    static final String MARKERS_ABOVE =
        markersAbove(System.getenv(Command.ABOVE_VARIABLE), System.getenv(Command.MARKER_VARIABLE));
  }

  /// {@return the markers of the trees that this program is in}
  static String markersAbove(@Nullable String above, @Nullable String own) {
    return Stream.of(above, own)
        .filter(Objects::nonNull)
        .filter(marker -> marker.matches("[A-Za-z0-9.:_-]{1,2000}"))
        .collect(Collectors.joining(Command.BETWEEN_MARKERS));
  }

  /// {@return how children are started here, for reports}
  public static String means() {
    return Starter.here().means();
  }

  /// {@return how this one was started}
  String startedBy() {
    return means;
  }

  /// {@return the pid of the leader, its own until [#close()] where it has a session of its own}
  public long pid() {
    return leader.pid();
  }

  /// {@return when the leader started, to tell it from a later process with the same pid}
  ///
  /// On Linux these are hundredths of a second since boot, as in field 22 of `/proc/PID/stat`;
  /// elsewhere milliseconds since 1970. Comparable within one boot only; 0 if it is not known, as
  /// after [#close()] where nobody has asked before.
  public long startTime() {
    return identity().start();
  }

  /// Waits until the leader has ended; members of its tree may live on.
  ///
  /// **Stopping:** ends with the leader or when the budget is over. An interrupt does not wake the
  /// kernel's wait: it is seen within a tenth of a second; ending the child ends the wait at once.
  ///
  /// @param budget zero or less looks once
  /// @return how it ended, empty if it still runs
  /// @throws InterruptedException if the caller was interrupted; its flag is cleared
  public Optional<Exit> awaitExit(Duration budget) throws InterruptedException {
    long begin = System.nanoTime();
    long nanos = TimeUnit.NANOSECONDS.convert(budget);
    Optional<Exit> exit = leader.exit();
    long left = nanos;
    while (exit.isEmpty() && left > 0) {
      leader.await(left);
      exit = leader.exit();
      left = nanos - (System.nanoTime() - begin);
    }
    return exit;
  }

  /// {@return how the leader ended, empty if it still runs}
  public Optional<Exit> exit() {
    return leader.exit();
  }

  /// Looks through all processes for members of the tree.
  ///
  /// **Cost:** reads a file or two for each process of the system, some milliseconds in all.
  ///
  /// @return what lives now, parents before children
  public List<Member> members() {
    return tree().members();
  }

  /// Sends TERM to every member, and then CONT so that stopped ones react.
  ///
  /// @return those it was sent to
  public List<Member> ask() {
    return tree().ask();
  }

  /// Sends TERM and CONT to every member, and tells a Curfew program among them why: it finds the
  /// reason by [ParentProcess#stopReason].
  ///
  /// @param reason why it is to end
  /// @return those it was sent to
  public List<Member> ask(StopReason reason) {
    List<Member> asked;
    try {
      reasonFile.write(reason, pid());
    } finally {
      asked = tree().ask();
    }
    return asked;
  }

  /// Asks a leader that is a JVM for a thread dump, by QUIT, and reads it from its output, at most
  /// 64 KB. Does so only if the command has [Command#threadDump].
  ///
  /// **Stopping.** Ends when the dump is whole or the budget is over; an interrupt ends it too.
  ///
  /// @param budget how long to wait for it
  /// @return what it printed; empty if it has ended, cannot be asked here ([#means]), or if its
  ///     output is no file
  /// @throws InterruptedException if the caller was interrupted; its flag is cleared
  public Optional<String> threadDump(Duration budget) throws InterruptedException {
    return command.threadDump() && exit().isEmpty()
        ? ThreadDump.take(
            command.output(), () -> kernel.send(identity(), Kernel.Signal.QUIT), budget)
        : Optional.empty();
  }

  /// {@return whether it is a JVM that can be asked for a thread dump}
  boolean isJvm() {
    return command.threadDump();
  }

  /// Freezes every member, sends it KILL, children before parents, and looks again until nothing
  /// new has appeared, for at most two seconds. No member goes on because another one died. They
  /// end soon after: see [#awaitGone(Duration)].
  ///
  /// @return those it was sent to
  public List<Member> force() {
    return tree().force();
  }

  /// Waits until no member of the tree lives.
  ///
  /// **Stopping:** ends when all have ended or the budget is over; an interrupt is seen within a
  /// tenth of a second.
  ///
  /// @param budget zero or less looks once
  /// @return what still lives
  /// @throws InterruptedException if the caller was interrupted; its flag is cleared
  public List<Member> awaitGone(Duration budget) throws InterruptedException {
    return tree().awaitGone(budget);
  }

  /// Reaps the leader. If it still runs, the whole tree is killed first; if it has ended, other
  /// members are left alone, so look at [#members()] before. Closing twice does nothing.
  ///
  /// **Stopping:** waits at most five seconds for a killed leader; an interrupt is kept for later.
  ///
  /// @throws IllegalStateException if the leader cannot be killed, as when it hangs in a device; it
  ///     is still there then, and closing may be tried again
  @Override
  public void close() {
    if (leader.exit().isEmpty()) {
      tree().force();
      awaitExitThroughInterrupts();
    }
    if (leader.exit().isEmpty()) {
      throw new IllegalStateException(
          ("Process %d (%s) was killed but has not ended within %d s: it hangs in the kernel."
                  + " Close it again once it is gone, or report it as abandoned.")
              .formatted(pid(), command.program(), CLOSE_BUDGET.toSeconds()));
    }
    letGo();
    leader.reap();
    reasonFile.close();
  }

  private void awaitExitThroughInterrupts() {
    long begin = System.nanoTime();
    boolean interrupted = Thread.interrupted();
    Duration left = CLOSE_BUDGET;
    while (leader.exit().isEmpty() && left.isPositive()) {
      try {
        awaitExit(left);
      } catch (InterruptedException kept) {
        interrupted = true;
      }
      left = CLOSE_BUDGET.minusNanos(System.nanoTime() - begin);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// {@return pid and program}
  @Override
  public String toString() {
    return "process " + pid() + " (" + command.program() + ")";
  }
}
