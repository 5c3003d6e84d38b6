// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Job;
import dev.curfew.Ledger;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StopToken;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A Java class per input, in this JVM, on the worker's own platform thread.
///
/// Invariants
///
/// 1. A job sees the JDK, its own class path and Curfew's core; nothing of the runner or its
///    libraries.
/// 2. What a job throws after it was asked to stop is a stop; the token decides, not the exception.
/// 3. Each worker has a thread group of its own, so that threads which a job leaves behind are
///    known.
///
/// Locks: none.
final class JavaWork implements Work, AutoCloseable {

  /// A job that inherits nothing to its threads is noticed by the time that it takes to start one.
  private static final long TIME_FOR_A_THREAD = 50_000;

  private final URLClassLoader loader;
  private final Body body;
  private final Console console;
  private final Pace pace = new Pace(2_000_000, 256);
  private final Map<Thread, String> leftBehind = new ConcurrentHashMap<>();

  /// Calls the user's class for one input.
  @FunctionalInterface
  private interface Body {
    void run(String input, StopToken stop) throws Throwable;
  }

  private JavaWork(URLClassLoader loader, Body body) {
    this.loader = loader;
    this.body = body;
    this.console = Console.install();
  }

  /// Finds the class and looks at its form; nothing of it runs yet.
  ///
  /// @param task the class, and files and folders, joined as the platform does
  static JavaWork of(Task.JavaClass task) {
    String type = task.name();
    String classPath = task.classPath();
    URLClassLoader loader = new URLClassLoader(urls(classPath), new JobParent());
    try {
      return new JavaWork(loader, bodyOf(Class.forName(type, false, loader)));
    } catch (ClassNotFoundException e) {
      throw new UserError(
          "there is no class " + type + " on the class path '" + classPath + "': name it with -cp");
    } catch (LinkageError e) {
      throw new UserError(type + " cannot be loaded: " + e);
    }
  }

  private static URL[] urls(String classPath) {
    List<URL> urls = new ArrayList<>();
    for (String part : classPath.split(File.pathSeparator, -1)) {
      Path path = Path.of(part.isEmpty() ? "." : part);
      if (!Files.isReadable(path)) {
        throw new UserError("-cp: " + path + " cannot be read");
      }
      try {
        urls.add(path.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new UserError("-cp: " + path + " is no path of a file: " + e.getMessage());
      }
    }
    return urls.toArray(URL[]::new);
  }

  private static Body bodyOf(Class<?> type) {
    if (Job.class.isAssignableFrom(type)) {
      return jobBody(type);
    }
    try {
      Method main = type.getMethod("main", String[].class);
      if (Modifier.isStatic(main.getModifiers())) {
        return (input, _) -> main.invoke(null, (Object) new String[] {input});
      }
    } catch (NoSuchMethodException e) {
      // said below
    }
    throw new UserError(
        type.getName()
            + " is no job: it needs 'public static void main(String[])' or to implement "
            + Job.class.getName());
  }

  private static Body jobBody(Class<?> type) {
    try {
      Constructor<?> maker = type.getDeclaredConstructor();
      maker.setAccessible(true);
      return (input, stop) -> ((Job) maker.newInstance()).run(input, stop);
    } catch (NoSuchMethodException e) {
      throw new UserError(type.getName() + " needs a constructor without parameters");
    }
  }

  @Override
  public Result attempt(Item item, Scope attempt, Spool output) {
    Watch watch = new Watch();
    Thread worker = Thread.currentThread();
    ClassLoader before = worker.getContextClassLoader();
    worker.setContextClassLoader(loader);
    console.begin(output);
    try {
      body.run(item.input().text().orElseThrow(), attempt.token());
      return watch.done();
    } catch (InvocationTargetException e) {
      return thrown(e.getCause() == null ? e : e.getCause(), attempt, watch);
    } catch (Throwable e) {
      return thrown(e, attempt, watch);
    } finally {
      boolean threads = console.end();
      boolean _ = Thread.interrupted(); // a job may leave its own flag set; a stop does not need it
      worker.setContextClassLoader(before);
      long took = watch.took().toNanos();
      if (threads || took > TIME_FOR_A_THREAD) {
        noteThreads(item);
      }
      pace.took(took);
    }
  }

  private static Result thrown(Throwable thrown, Scope attempt, Watch watch) {
    if (attempt.token().isStopped()) {
      boolean late = TimeOut.hasStopped(attempt.token());
      Result.End end = late ? Result.End.TIMED_OUT : Result.End.STOPPED;
      return watch.end(end, -1, 0, "ended when asked", List.of());
    }
    PrintStream errors = System.err; // the job's, for its spool is still in place
    thrown.printStackTrace(errors);
    errors.flush();
    return watch.failed("threw " + thrown);
  }

  /// Threads that a job has started and that live on when it returns.
  private void noteThreads(Item item) {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    if (group == null || group.activeCount() <= 1) {
      return;
    }
    Thread[] all = new Thread[group.activeCount() + 8];
    int count = group.enumerate(all);
    for (int i = 0; i < count; i++) {
      Thread thread = all[i];
      if (!thread.equals(Thread.currentThread())
          && leftBehind.putIfAbsent(thread, item.name()) == null) {
        Ledger.abandon(item.name(), thread, StopReason.requested("its job has ended"));
      }
    }
  }

  /// Asks the threads that jobs have left behind to end, once, and waits for a moment.
  ///
  /// @return those that live on and would have kept a JVM alive, with their jobs
  List<String> leftBehind(Duration within) {
    Set<Thread> left = leftBehind.keySet();
    left.removeIf(thread -> !thread.isAlive());
    left.stream().filter(thread -> !thread.isDaemon()).forEach(Thread::interrupt);
    long end = System.nanoTime() + within.toNanos();
    List<String> stuck = new ArrayList<>();
    for (Thread thread : List.copyOf(left)) {
      if (!thread.isDaemon() && !joined(thread, end)) {
        stuck.add("thread '" + thread.getName() + "' of " + leftBehind.get(thread));
      }
    }
    return stuck;
  }

  private static boolean joined(Thread thread, long end) {
    try {
      return thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !thread.isAlive();
    }
  }

  @Override
  public String problem(Input input) {
    return input.textProblem().orElse("");
  }

  /// Nothing in a JVM can be ended by force.
  @Override
  public void force() {}

  @Override
  public Duration margin() {
    return Duration.ZERO;
  }

  @Override
  public int claimsAhead() {
    return pace.ahead();
  }

  @Override
  public void close() {
    console.close();
    try {
      loader.close();
    } catch (IOException e) {
      Complaints.say("the class path of the jobs could not be closed: " + e.getMessage());
    }
  }

  /// Between a job and this JVM: lets through the JDK and Curfew's core.
  private static final class JobParent extends ClassLoader {

    JobParent() {
      super("curfew-jobs", ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String type) throws ClassNotFoundException {
      boolean core = type.startsWith("dev.curfew.") && !type.startsWith("dev.curfew.run.");
      if (!core) {
        throw new ClassNotFoundException(type);
      }
      return Class.forName(type, false, JavaWork.class.getClassLoader());
    }
  }
}
