// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import dev.curfew.DeadlineExceededException;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The main class of a JVM that runs one isolated task.
///
/// Invariants
///
/// 1. It answers once, or ends without: a task that was stopped has no answer.
/// 2. A TERM stops the scope of the task, with the reason from the parent; the JVM ends when the
///    task has, which nobody but the parent may cut short.
/// 3. It does not outlive its parent.
///
/// Locks: none.
final class IsolatedMain {
  private static final long LONGEST_STOP = 60;
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(500);

  private final Mailbox mailbox;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch asked = new CountDownLatch(1);

  // main thread only
  private @Nullable Scope inside;

  private IsolatedMain(Mailbox mailbox) {
    this.mailbox = mailbox;
  }

  /// Runs one task.
  ///
  /// @param arguments the folder, the class of the task, and the pid of the parent
  /// @throws IOException if the answer cannot be written
  /// @throws InterruptedException if somebody interrupts the main thread
  public static void main(String[] arguments) throws IOException, InterruptedException {
    endWithParent(Long.parseLong(arguments[2]));
    new IsolatedMain(new Mailbox(Path.of(arguments[0]))).answer(arguments[1]);
    System.exit(0); // a task may leave threads behind, and they keep nobody waiting
  }

  /// A parent that is dead but not reaped still has its pid, so it is not asked; its children have
  /// another parent at once.
  private static void endWithParent(long pid) {
    Thread watch = Thread.ofPlatform().daemon().name("parent").unstarted(() -> watch(pid));
    watch.start();
  }

  private static void watch(long pid) {
    try {
      while (ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L) == pid) {
        HandleKernel.pause(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // by a task that interrupts threads which are not its own
    }
    Runtime.getRuntime().halt(1);
  }

  private void answer(String task) throws IOException, InterruptedException {
    try {
      Object value = Scope.run("isolated", scope -> run(scope, task));
      mailbox.answer(value);
    } catch (StoppedException | DeadlineExceededException stopped) {
      if (!wasStopped()) {
        mailbox.fail(failure(stopped)); // of another scope
        return;
      }
      ended.countDown();
      // The parent has the same deadline and is about to say so.
      boolean _ = asked.await(LONGEST_STOP, TimeUnit.SECONDS);
    } catch (Throwable thrown) {
      mailbox.fail(failure(thrown));
    } finally {
      ended.countDown();
    }
  }

  private boolean wasStopped() {
    Scope scope = inside;
    return scope != null && scope.token().isStopped();
  }

  private Object run(Scope scope, String task) throws Exception {
    inside = scope;
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(scope), "stop"));
    Class<?> type = Class.forName(task);
    Object arguments = mailbox.take(CarriedTypes.of(type));
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    try {
      return Objects.requireNonNull(run(constructor.newInstance(), arguments), "it gave null");
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @SuppressWarnings("unchecked") // the caller's compiler has checked it, by the same class
  private static <A extends Record & Serializable> Object run(Object task, Object arguments)
      throws Exception {
    return ((IsolatedTask<A, ?>) task).run((A) arguments);
  }

  /// Called when the JVM is about to end. Without a reason it was not the parent who wants that,
  /// but perhaps the task by `System.exit`, which would wait for itself here.
  private void stop(Scope scope) {
    asked.countDown();
    StopReason reason = ParentProcess.stopReason().orElse(null);
    if (reason == null) {
      return;
    }
    boolean _ = scope.stop(reason);
    try {
      boolean _ = ended.await(LONGEST_STOP, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// What is thrown may be unable to describe itself.
  private static Mailbox.Failure failure(Throwable thrown) {
    String type = thrown.getClass().getName();
    try {
      var stack = new StringWriter();
      thrown.printStackTrace(new PrintWriter(stack));
      String message = Objects.requireNonNullElse(thrown.getMessage(), "");
      return new Mailbox.Failure(type, message, stack.toString());
    } catch (RuntimeException | Error broken) {
      return new Mailbox.Failure(type, "", "");
    }
  }
}
