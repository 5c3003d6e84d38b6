// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import dev.curfew.Curfew;
import dev.curfew.Job;
import dev.curfew.StopToken;
import dev.curfew.Unblocking;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The class of `--java`, found and known to be a job; nothing of it has run yet.
///
/// It sees the JDK, its own class path and Curfew's core; nothing of the runner or its libraries.
///
/// @param type the class
/// @param body calls it
/// @param loader its own
record JobClass(Class<?> type, Body body, URLClassLoader loader) implements AutoCloseable {

  /// Calls the user's class for one input.
  @FunctionalInterface
  interface Body {
    void run(String input, StopToken stop) throws Throwable;

    /// Calls it with a boundary of its own: a woven job may swallow its stop and return as if
    /// nothing had been, and then it was stopped all the same.
    default void runBounded(String input, StopToken stop) throws Throwable {
      try {
        Object _ = Curfew.blocking(Unblocking.interrupt(), () -> call(input, stop));
      } catch (Wrapped wrapped) {
        throw wrapped.thrown;
      }
    }

    private Boolean call(String input, StopToken stop) throws Exception {
      try {
        run(input, stop);
        return true;
      } catch (Exception | Error thrown) {
        throw thrown;
      } catch (Throwable thrown) { // such a class is rare, but allowed
        throw new Wrapped(thrown);
      }
    }
  }

  private static final class Wrapped extends Exception {
    private static final long serialVersionUID = 1L;
    private final Throwable thrown;

    Wrapped(Throwable thrown) {
      super(thrown);
      this.thrown = thrown;
    }
  }

  /// Finds a class and looks at its form.
  ///
  /// @param name its name
  /// @param classPath files and folders, joined as the platform does
  /// @throws UserError if it is not there, or no job
  static JobClass load(String name, String classPath) {
    URLClassLoader loader = new URLClassLoader(urls(classPath), new JobParent());
    boolean found = false;
    try {
      Class<?> type = Class.forName(name, false, loader);
      JobClass job = new JobClass(type, bodyOf(type), loader);
      found = true;
      return job;
    } catch (ClassNotFoundException e) {
      throw new UserError(
          "there is no class " + name + " on the class path '" + classPath + "': name it with -cp");
    } catch (LinkageError e) {
      throw new UserError(name + " cannot be loaded: " + e);
    } finally {
      if (!found) {
        close(loader);
      }
    }
  }

  /// {@return whether it knows tokens, and is no plain main class}
  boolean isJob() {
    return Job.class.isAssignableFrom(type);
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

  /// {@return what calls a class}
  ///
  /// @throws UserError if it is no job
  static Body bodyOf(Class<?> type) {
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
  public void close() {
    close(loader);
  }

  private static void close(URLClassLoader loader) {
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
      return Class.forName(type, false, JobClass.class.getClassLoader());
    }
  }
}
