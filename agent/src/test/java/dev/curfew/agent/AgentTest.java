// SPDX-License-Identifier: Apache-2.0
package dev.curfew.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The agent in JVMs of their own, with a stand-in for what stops the code.
class AgentTest {

  /// Lets the code pass a thousand checks, and then throws at each.
  private static final String STAND_IN =
      """
      package org.standin;
      import java.lang.invoke.*;
      import java.util.concurrent.atomic.AtomicInteger;
      public class Main {
        static final AtomicInteger passed = new AtomicInteger();
        static void check() { if (passed.incrementAndGet() > 1000) throw new Error("enough"); }
        static Class<?> site() {
          try { return Class.forName("java.lang.CurfewSite"); }
          catch (ClassNotFoundException e) { return null; }
        }
        static void arm() throws Throwable {
          MethodHandle check =
              MethodHandles.lookup().findStatic(Main.class, "check", MethodType.methodType(void.class));
          for (MutableCallSite door : (MutableCallSite[]) site().getField("DOORS").get(null)) {
            door.setTarget(check);
          }
        }
        public static void main(String[] args) throws Throwable {
          if (args.length > 1) {
            System.out.println("ready");
            Thread waits = new Thread(() -> {
              try { int end = System.in.read(); arm(); } catch (Throwable e) { e.printStackTrace(); }
            });
            waits.setDaemon(true);
            waits.start();
          } else {
            arm();
          }
          try {
            Class.forName(args[0]).getMethod("run").invoke(null);
            System.out.println("ended");
          } catch (java.lang.reflect.InvocationTargetException e) {
            System.out.println("stopped: " + e.getCause().getMessage());
          }
          System.out.println(
              ((java.util.function.Supplier<?>) site().getField("summary").get(null)).get());
        }
      }
      """;

  private static final String PROGRAMS =
      """
      package com.acme;
      import java.util.*;
      class Spin { public static void run() { while (true) {} } }
      class Regex {
        public static void run() {
          System.out.println(java.util.regex.Pattern.matches("(a*)*b", "a".repeat(60)));
        }
      }
      class Generated {
        static class Plugins extends ClassLoader {
          Plugins() { super(null); }
          Class<?> define(byte[] bytes) { return defineClass("com.acme.Spin", bytes, 0, bytes.length); }
        }
        public static void run() throws Throwable {
          byte[] bytes = Generated.class.getResourceAsStream("Spin.class").readAllBytes();
          var run = new Plugins().define(bytes).getMethod("run");
          run.setAccessible(true);
          try { run.invoke(null); }
          catch (java.lang.reflect.InvocationTargetException e) { throw e.getCause(); }
        }
      }
      class Compile {
        public static void run() {
          javax.tools.ToolProvider.getSystemJavaCompiler().run(null, null, null, "-version");
        }
      }
      class Later { public static void run() { while (!Thread.interrupted()) step(); }
        static int step() { int n = 0; for (int i = 0; i < 1000; i++) n += i; return n; } }
      """;

  @TempDir Path folder;
  private Path jar;

  @BeforeEach
  void build() throws IOException {
    jar = Child.agentJar(folder);
    Child.write(Compiled.of(25, STAND_IN, PROGRAMS.replace("\nclass ", "\npublic class ")), folder);
  }

  private Child program(String options, String name, String... jvm)
      throws IOException, InterruptedException {
    List<String> command =
        Child.tool("java", "-javaagent:" + jar + "=" + options, "-cp", folder.toString());
    command.addAll(List.of(jvm));
    command.addAll(List.of("org.standin.Main", "com.acme." + name));
    return Child.ran(folder, command);
  }

  @Test
  void endlessLoopIsStopped() throws IOException, InterruptedException {
    Child child = program("include=com.acme.**", "Spin");
    assertThat(child.err()).isEmpty();
    assertThat(child.out())
        .startsWith("stopped: enough\n")
        .contains(
            "include=[com.acme.**], exclude=[], notes=[], classes=1, checkpoints=1, shielded=0")
        .contains("failed=[], failures=0, millis=");
    assertThat(child.exitCode()).isZero();
  }

  @Test
  void whatIsExcludedStaysAsItWas() throws IOException, InterruptedException {
    Child child = program("include=com.acme.**,exclude=com.acme.Comp*", "Compile");
    assertThat(child.out()).startsWith("ended\n").contains("classes=0, checkpoints=0");
  }

  @Test
  void regularExpressionIsStoppedThoughTheJdkHasLoadedItsClasses()
      throws IOException, InterruptedException {
    Child child = program("include=java.util.regex.**", "Regex");
    assertThat(child.err()).isEmpty();
    assertThat(child.out()).startsWith("stopped: enough\n").contains("failures=0");
  }

  @Test
  void codeOfALoaderThatSeesOnlyTheJdkIsStopped() throws IOException, InterruptedException {
    Child child = program("include=com.acme.Spin", "Generated");
    assertThat(child.err()).isEmpty();
    assertThat(child.out()).startsWith("stopped: enough\n");
  }

  @Test
  void modulesOfTheJdkCanBeWoven() throws IOException, InterruptedException {
    Child child = program("include=com.sun.tools.javac.**", "Compile");
    assertThat(child.out())
        .matches("(?s)(ended|stopped: enough).*checkpoints=[1-9]\\d.*failures=0.*");
  }

  @Test
  void classesOfSignedJarsAreWoven() throws IOException, InterruptedException {
    Path signed = signedJar();
    List<String> command =
        Child.tool(
            "java",
            "-javaagent:" + jar + "=include=com.acme.**",
            "-cp",
            folder + java.io.File.pathSeparator + signed,
            "org.standin.Main",
            "com.acme.signed.Spin");
    Child child = Child.ran(folder, command);
    assertThat(child.err()).isEmpty();
    assertThat(child.out()).startsWith("stopped: enough\n");
  }

  private Path signedJar() throws IOException, InterruptedException {
    Path classes = Files.createDirectory(folder.resolve("signed"));
    Child.write(
        Compiled.of(
            25,
            "package com.acme.signed; public class Spin { public static void run() { for (;;) {} } }"),
        classes);
    String name = folder.resolve("signed.jar").toString();
    succeeds(Child.tool("jar", "--create", "--file", name, "-C", classes.toString(), "."));
    String keys = folder.resolve("keys").toString();
    succeeds(
        Child.tool(
            "keytool",
            "-genkeypair",
            "-keystore",
            keys,
            "-storepass",
            "secret",
            "-keyalg",
            "EC",
            "-alias",
            "a",
            "-dname",
            "CN=a"));
    succeeds(Child.tool("jarsigner", "-keystore", keys, "-storepass", "secret", name, "a"));
    return Path.of(name);
  }

  private void succeeds(List<String> command) throws IOException, InterruptedException {
    Child child = Child.ran(folder, command);
    assertThat(child.exitCode()).as(child.toString()).isZero();
  }

  @Test
  void whatCannotBeWovenIsTold() throws IOException, InterruptedException {
    String source =
        "package com.acme; public class Long { public static int run() { int n = 0; for (;;) {"
            + "n++;".repeat(2_664)
            + "if (n > 0) return n; } } }";
    Child.write(Compiled.of(25, source), folder);
    Child child = program("include=com.acme.**", "Long");
    assertThat(child.out())
        .startsWith("ended\n")
        .contains("failed=[com.acme.Long: run()I would become too large], failures=1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "inlcude=a", "include=java.lang.**", "include=a/b"})
  void badOptionsEndTheJvmWithOneLine(String options) throws IOException, InterruptedException {
    Child child = program(options, "Spin");
    assertThat(child.exitCode()).isEqualTo(2);
    assertThat(child.out()).isEmpty();
    assertThat(child.err().lines()).singleElement().asString().startsWith("curfew-agent: ");
  }

  @Test
  void jvmThatRunsAlreadyIsWoven() throws IOException, InterruptedException {
    Path out = folder.resolve("later.out");
    Path err = folder.resolve("later.err");
    Process process =
        Child.start(
            folder,
            Child.tool(
                "java",
                "-XX:+EnableDynamicAgentLoading",
                "-cp",
                folder.toString(),
                "org.standin.Main",
                "com.acme.Later",
                "wait"),
            out,
            err);
    try {
      String pid = String.valueOf(process.pid());
      Child first = attach(pid, "include=org.other.**");
      assertThat(first.err()).isEmpty();
      assertThat(first.out())
          .isEqualTo(
              "curfew-agent: process %s: 0 checkpoints in 0 classes, 0 could not be woven; included: [org.other.**]\n",
              pid);
      Child second = attach(pid, "include=com.acme.**");
      assertThat(second.out())
          .startsWith("curfew-agent: process " + pid + ": the agent was there, added; ")
          .contains(" checkpoints in 1 classes, 0 could not be woven; ")
          .endsWith("included: [org.other.**, com.acme.**]\n");
      process.getOutputStream().close(); // for which it waits
      Child child = Child.ended(process, out, err);
      assertThat(child.out()).startsWith("ready\nstopped: enough\n").contains("classes=1");
      assertThat(child.err()).isEmpty();
    } finally {
      Process _ = process.destroyForcibly();
    }
  }

  private Child attach(String pid, String options) throws IOException, InterruptedException {
    return Child.java(folder, "-jar", jar.toString(), pid, options);
  }

  @Test
  void attachingSaysWhatIsWrong() throws IOException, InterruptedException {
    assertThat(attach("4194303999", "include=a"))
        .isEqualTo(failed(1, "there is no process 4194303999"));
    assertThat(attach("me", "include=a")).isEqualTo(failed(2, "'me' is not a process id"));
    assertThat(attach("1", "includes=a"))
        .satisfies(
            child -> {
              assertThat(child.exitCode()).isEqualTo(2);
              assertThat(child.err()).startsWith("curfew-agent: 'includes' is not an option");
            });
    Child usage = Child.java(folder, "-jar", jar.toString());
    assertThat(usage.exitCode()).isEqualTo(2);
    assertThat(usage.err())
        .isEqualTo("usage: java -jar curfew-agent.jar PID include=com.acme.**[,exclude=…]\n");
  }

  private static Child failed(int exitCode, String message) {
    return new Child(exitCode, "", "curfew-agent: " + message + "\n");
  }
}
