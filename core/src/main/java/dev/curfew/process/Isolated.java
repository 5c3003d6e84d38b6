// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.Fork;
import dev.curfew.ForkFailedException;
import dev.curfew.Scope;
import dev.curfew.process.IsolatedException.Kind;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Calls a task in a JVM of its own, which can be killed: for code that nothing else stops, that
/// needs more memory than you would give it here, or that may crash.
///
/// ```java
/// Done done = Isolated.call(Resize.class, new Resize.Of("a.png", 80),
///     s -> s.withDeadline(Duration.ofSeconds(10)).withMemory(256 << 20));
/// ```
///
/// Arguments and answer are records of values: primitives and their boxes, strings, enums, numbers,
/// dates and times, UUIDs, arrays, lists, sets and maps of these, and records and sealed interfaces
/// of records. They travel in files of a private folder, and on both sides nothing else is
/// deserialised than the types that the task declares. Standard output stays free for whatever the
/// task prints; it is thrown away.
///
/// **Cost.** A JVM start, some tenths of a second, for each call.
///
/// To pass a record and get a record, and nothing else, is how Erlang's processes and the workers
/// of Python's `multiprocessing` do it.
public final class Isolated {
  private static final int SHOWN = 4 << 10;

  private Isolated() {}

  /// Calls a task in a JVM of its own, with the default settings.
  ///
  /// @param <A> what the task gets
  /// @param <R> what it gives
  /// @param task its class
  /// @param arguments what it gets
  /// @return its answer
  /// @throws IsolatedException if there is none
  /// @throws dev.curfew.StoppedException if a stop ended it
  public static <A extends Record & Serializable, R extends Serializable> R call(
      Class<? extends IsolatedTask<A, R>> task, A arguments) {
    return call(task, arguments, UnaryOperator.identity());
  }

  /// Calls a task in a JVM of its own.
  ///
  /// **Stopping.** Own waits of Curfew, so the caller is woken at once. The task's scope is stopped
  /// by the same reason, and at the same deadline; its JVM is killed when the plan is over, after a
  /// thread dump that goes into the report. The call returns when it is gone. An answer that was
  /// complete by then is returned, as the value of any call is.
  ///
  /// **Threads.** Any; made for virtual ones, too.
  ///
  /// @param <A> what the task gets
  /// @param <R> what it gives
  /// @param task its class; see [IsolatedTask] for what it has to be like
  /// @param arguments what it gets
  /// @param change from the default settings to those of this call
  /// @return its answer
  /// @throws IsolatedException if there is none: the task threw something, or its JVM died
  /// @throws dev.curfew.DeadlineExceededException if the deadline of this call ended it
  /// @throws dev.curfew.StoppedException if another stop did
  /// @throws IllegalArgumentException if the class or its types cannot be used
  public static <A extends Record & Serializable, R extends Serializable> R call(
      Class<? extends IsolatedTask<A, R>> task,
      A arguments,
      UnaryOperator<IsolatedSettings> change) {
    IsolatedSettings settings = change.apply(IsolatedSettings.DEFAULT);
    CarriedTypes types = CarriedTypes.of(task);
    try (Mailbox mailbox = Mailbox.create()) {
      mailbox.put(arguments);
      Exit exit =
          Scope.run(
              settings.name(),
              s -> settings.deadline().map(s::withDeadline).orElse(s),
              scope -> await(scope, task, settings, mailbox));
      @SuppressWarnings("unchecked") // the types were read from the class of the task
      R answer = (R) answer(settings.name(), types, mailbox, exit);
      return answer;
    } catch (IOException e) {
      throw notStarted(settings.name(), e);
    }
  }

  private static Exit await(
      Scope scope, Class<?> task, IsolatedSettings settings, Mailbox mailbox) {
    Command command =
        javaCommand(task, settings, mailbox.folder())
            .command()
            .withOutput(mailbox.folder().resolve("out"))
            .withErrors(mailbox.folder().resolve("err"));
    var ladder =
        new Ladder(() -> ChildProcess.start(command), settings.plan(), _ -> mailbox.isAnswered());
    Fork<Exit> jvm = ChildProcess.fork(scope, "jvm", ladder);
    try {
      scope.join();
    } catch (ForkFailedException e) {
      throw e.getCause() instanceof IOException io ? notStarted(settings.name(), io) : e;
    }
    return jvm.get();
  }

  private static JavaCommand javaCommand(Class<?> task, IsolatedSettings settings, Path folder) {
    String self = Long.toString(ProcessHandle.current().pid());
    var options = new ArrayList<>(List.of("-XX:+ExitOnOutOfMemoryError"));
    Module module = task.getModule();
    if (module.isNamed()) {
      String home = module.getName() + "/" + task.getPackageName();
      options.addAll(
          List.of("--add-modules", module.getName(), "--add-opens", home + "=" + openTo()));
    }
    options.addAll(settings.options());
    JavaCommand java =
        JavaCommand.of(IsolatedMain.class, folder.toString(), task.getName(), self)
            .withOptions(options.toArray(new String[0]));
    return settings.memory() == 0 ? java : java.withMemory(settings.memory());
  }

  private static String openTo() {
    Module ours = Isolated.class.getModule();
    return ours.isNamed() ? ours.getName() : "ALL-UNNAMED";
  }

  private static Object answer(String name, CarriedTypes types, Mailbox mailbox, Exit exit) {
    if (mailbox.isAnswered()) {
      return switch (mailbox.answer(name, types)) {
        case Mailbox.Value(Object value) -> value;
        case Mailbox.Failure(String type, String message, String stack) ->
            throw new IsolatedException(
                Kind.THREW,
                name + " threw " + type + (message.isEmpty() ? "" : ": " + message),
                type,
                stack);
      };
    }
    String errors = Output.tail(mailbox.folder().resolve("err"), SHOWN).strip();
    String output = Output.tail(mailbox.folder().resolve("out"), SHOWN);
    if (exit.equals(new Exit.Exited(3)) && output.contains("java.lang.OutOfMemoryError")) {
      throw new IsolatedException(
          Kind.OUT_OF_MEMORY,
          name + " ran out of memory: give it more by withMemory, or less to do",
          "",
          errors);
    }
    String last = errors.isEmpty() ? "" : "; it said: " + errors.lines().toList().getLast();
    throw new IsolatedException(
        Kind.DIED, "the JVM of " + name + " died: " + exit + last, "", errors);
  }

  private static IsolatedException notStarted(String name, IOException cause) {
    var failure =
        new IsolatedException(
            Kind.NOT_STARTED, name + " cannot be started: " + cause.getMessage(), "", "");
    failure.initCause(cause);
    return failure;
  }
}
