// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/// Weaves checkpoints into code that has none, so that Curfew can stop it: before every jump back,
/// and at the entries of methods through which recursion leads.
///
/// ```
/// java -javaagent:curfew-agent.jar=include=com.acme.**:org.foo.*,exclude=com.acme.gen.** …
/// java -jar curfew-agent.jar PID include=com.acme.**
/// ```
///
/// The first form weaves classes as they are loaded. The second goes to a JVM that runs already,
/// and weaves what it has loaded too; methods that run at that moment keep their old code until
/// they are entered again. Loading the agent once more adds to what is included.
///
/// **Patterns.** `com.acme.Main` is a class with those nested in it, `com.acme.*` the classes of a
/// package, `com.acme.**` those below it too; several are separated by colons. Curfew itself is
/// never woven, and of the module `java.base` only `java.util.regex.**`, if that is asked for.
/// Other modules of the JDK are meant by patterns that name a package, such as
/// `com.sun.tools.javac.**`.
///
/// **Errors.** Options that say nothing sensible end the JVM with exit code 2 and one line, before
/// the program begins; a JVM that runs already goes on, and who attached is told. A class that
/// cannot be woven stays as it was; the report of a stop says so.
///
/// **Cost.** What is woven costs nothing measurable once it is compiled; `docs/decisions/0012` has
/// the figures, and those of start-up.
public final class Agent {

  /// Set in the JVM where the agent is, for those who attach: what is included.
  static final String PROPERTY = "dev.curfew.agent";

  private static @Nullable Weaving weaving; // guarded by the class

  private Agent() {}

  /// Called by the JVM before the program begins.
  ///
  /// @param options as in `include=com.acme.**,exclude=com.acme.gen.**`
  /// @param instrumentation the JVM's
  @SuppressWarnings("SystemExitOutsideMain") // to throw would print the stack of the launcher
  public static void premain(@Nullable String options, Instrumentation instrumentation) {
    Selection selection;
    try {
      selection = Selection.parse(options == null ? "" : options);
    } catch (IllegalArgumentException e) {
      System.err.println("curfew-agent: " + e.getMessage());
      System.exit(2);
      return;
    }
    weave(selection, instrumentation);
  }

  /// Called by the JVM when somebody attaches, as [#main] does.
  ///
  /// @param options as in `include=com.acme.**,exclude=com.acme.gen.**`
  /// @param instrumentation the JVM's
  /// @throws IllegalArgumentException if the options say nothing sensible
  public static void agentmain(@Nullable String options, Instrumentation instrumentation) {
    weave(Selection.parse(options == null ? "" : options), instrumentation);
  }

  private static void weave(Selection selection, Instrumentation instrumentation) {
    Weaving weaving = weaving(instrumentation);
    weaving.add(selection, instrumentation);
    System.setProperty(PROPERTY, weaving.line());
  }

  private static synchronized Weaving weaving(Instrumentation instrumentation) {
    if (weaving == null) {
      Weaving fresh = new Weaving();
      fresh.install(instrumentation);
      weaving = fresh;
    }
    return weaving;
  }

  /// Attaches to a JVM that runs.
  ///
  /// Exit codes: 0 it is woven, 1 the JVM could not be reached or the agent not be loaded, 2 usage.
  ///
  /// @param arguments its process id, then the options as after `-javaagent:curfew-agent.jar=`
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      System.err.println("usage: java -jar curfew-agent.jar PID include=com.acme.**[,exclude=…]");
      System.exit(2);
    }
    try {
      Selection _ = Selection.parse(arguments[1]);
      System.out.println("curfew-agent: " + Attaching.to(arguments[0], arguments[1]));
    } catch (IllegalArgumentException e) {
      System.err.println("curfew-agent: " + e.getMessage());
      System.exit(2);
    } catch (IOException e) {
      System.err.println("curfew-agent: " + e.getMessage());
      System.exit(1);
    }
  }
}
