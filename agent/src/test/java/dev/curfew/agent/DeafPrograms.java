// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.ScriptableObject;

/// Programs of others: stopped in the middle, and then used again.
///
/// Public since a database and a script call into it.
public final class DeafPrograms {

  private DeafPrograms() {}

  static boolean isOne(String name) {
    return Set.of("javac", "regex", "regexOfTheJdk", "h2", "rhinoInterpreted", "rhinoCompiled")
        .contains(name);
  }

  static String run(String name) throws Exception {
    return switch (name) {
      case "javac" -> javac();
      case "regex" -> regex();
      case "regexOfTheJdk" -> regexOfTheJdk();
      case "h2" -> h2();
      default -> rhino(name.equals("rhinoInterpreted"));
    };
  }

  /// A hundred classes; stopped when so many of them have been analysed.
  private static String javac() throws InterruptedException {
    CountDownLatch began = new CountDownLatch(3);
    List<String> told = new ArrayList<>();
    told.add("fresh " + compile(new CountDownLatch(0), 5));
    told.add(Hosted.stopped(() -> compile(began, 2_000), began));
    told.add("fresh " + compile(new CountDownLatch(0), 5));
    return String.join(", ", told);
  }

  private static boolean compile(CountDownLatch began, int classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<SimpleJavaFileObject> sources = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      sources.add(new Source(i));
    }
    var options =
        List.of("-proc:none", "-implicit:none", "-d", System.getProperty("java.io.tmpdir"));
    JavacTask task =
        (JavacTask) compiler.getTask(new StringWriter(), null, null, options, null, sources);
    task.addTaskListener(
        new TaskListener() {
          @Override
          public void finished(TaskEvent event) {
            if (event.getKind().equals(TaskEvent.Kind.ANALYZE)) {
              began.countDown();
            }
          }
        });
    try {
      for (var _ : task.parse()) {}
      for (var _ : task.analyze()) {}
      return true;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final int number;

    Source(int number) {
      super(URI.create("memory:///C" + number + ".java"), Kind.SOURCE);
      this.number = number;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreErrors) {
      return "class C%d { java.util.List<String> f(int n) { return java.util.stream.IntStream"
              .formatted(number)
          + ".range(0, n).mapToObj(i -> switch (i) { case 0 -> \"a\"; default -> \"b\" + i; })"
          + ".toList(); } }";
    }
  }

  private static String regex() throws InterruptedException {
    // (a+)+b alone is harmless since 9: the JDK remembers where it has failed
    Pattern bad = Pattern.compile("(a+)+\\1b");
    CountDownLatch began = new CountDownLatch(100_000);
    CharSequence text = new Counted("a".repeat(60), began);
    String stopped = Hosted.stopped(() -> System.out.println(bad.matcher(text).matches()), began);
    return "%s, fresh %s".formatted(stopped, bad.matcher("aaaaab").matches());
  }

  /// What the JDK does for itself is let finish for a while: it might stay half done for ever.
  private static String regexOfTheJdk() throws InterruptedException {
    PathMatcher bad = FileSystems.getDefault().getPathMatcher("regex:(a+)+\\1b");
    Path path = Path.of("a".repeat(60));
    CountDownLatch began = new CountDownLatch(1);
    AtomicLong took = new AtomicLong();
    String stopped =
        Hosted.stopped(
            () -> {
              long from = System.nanoTime();
              began.countDown();
              try {
                System.out.println(bad.matches(path));
              } finally {
                took.set(System.nanoTime() - from);
              }
            },
            began);
    boolean heldBack = took.get() >= Hosted.PLAN.within().toNanos() / 16;
    return stopped + (heldBack ? ", held back" : ", at once");
  }

  private record Counted(String text, CountDownLatch read) implements CharSequence {
    @Override
    public char charAt(int index) {
      read.countDown();
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }
  }

  private static volatile CountDownLatch rows = new CountDownLatch(0);

  /// Called by the database for every row.
  public static int row(int value) {
    rows.countDown();
    return value;
  }

  private static String h2() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:trial");
        Statement statement = connection.createStatement()) {
      statement.execute("create alias counted for \"dev.curfew.agent.DeafPrograms.row\"");
      statement.execute("create table t(id int primary key, v int)");
      statement.execute("insert into t select x, x from system_range(1, 1000)");
      CountDownLatch began = new CountDownLatch(10_000);
      rows = began;
      String stopped = Hosted.stopped(() -> query(connection), began);
      return "%s, fresh %d, open %s".formatted(stopped, sum(connection), !connection.isClosed());
    }
  }

  private static void query(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery(
          "select sum(counted(cast(a.v + b.v + c.v as int))) from t a, t b, t c");
    }
  }

  private static long sum(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("select sum(v) from t")) {
      result.next();
      return result.getLong(1);
    }
  }

  private static volatile CountDownLatch calls = new CountDownLatch(0);

  /// Called by the script.
  public static void called() {
    calls.countDown();
  }

  private static String rhino(boolean interpreted) throws InterruptedException {
    CountDownLatch began = new CountDownLatch(1_000);
    calls = began;
    String endless =
        "var n = 0; while (true) { try { n += 1;"
            + " Packages.dev.curfew.agent.DeafPrograms.called(); } finally { n -= 2; } }";
    String stopped = Hosted.stopped(() -> evaluate(interpreted, endless), began);
    return "%s, fresh %s"
        .formatted(
            stopped, evaluate(interpreted, "var s = 0; for (var i = 0; i < 9; i++) s += i; s"));
  }

  private static String evaluate(boolean interpreted, String script) {
    try (Context context = Context.enter()) {
      context.setInterpretedMode(interpreted);
      ScriptableObject scope = context.initStandardObjects();
      return Context.toString(context.evaluateString(scope, script, "trial.js", 1, null));
    }
  }
}
