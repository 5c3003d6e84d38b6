// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.commons.support.AnnotationSupport;

/// Fails every test that leaves something behind, and says what.
///
/// After each test there must be no new live thread (platform or virtual), open scope, ledger
/// entry, shutdown hook or child process, and the interrupt flag of the test's thread must be
/// clear. What is ending gets a moment, two seconds unless [#GRACE] says otherwise. The next test
/// starts from what is there by then, so one test never fails for another's leak.
///
/// **Use.** For one class `@ExtendWith(LeakGuard.class)`. For every test, put
/// `junit.jupiter.extensions.autodetection.enabled=true` into `junit-platform.properties`: the
/// guard is found by itself and stands around all other extensions. A test that must leave
/// something behind says why by [LeaksOnPurpose].
///
/// **What it cannot see.** Shutdown hooks are watched only with the JVM option `--add-opens
/// java.base/java.lang=ALL-UNNAMED`; without it the first test's report entries say so. What
/// `@BeforeAll` starts is not watched, nor is a thread that the JVM, JUnit or Curfew itself
/// keeps. Tests that run concurrently cannot be told apart: for them only the flag is watched.
///
/// **Cost.** About 2 ms a test, most of it for child processes; 1 ms more if a thread was
/// created.
public final class LeakGuard implements BeforeEachCallback, AfterEachCallback {

  /// The configuration parameter for the moment that things get to end, as an ISO-8601 duration:
  /// `curfew.leaks.grace=PT5S`.
  public static final String GRACE = "curfew.leaks.grace";

  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(2);
  private static final Namespace NAMESPACE = Namespace.create(LeakGuard.class);

  /// Made by JUnit.
  public LeakGuard() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    sayWhatIsNotWatched(context);
    if (watched(context)) {
      context.getStore(NAMESPACE).put(Footprint.class, Footprint.take());
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    boolean flag = Thread.interrupted();
    if (leaksOnPurpose(context)) {
      return;
    }
    List<String> leaks = new ArrayList<>();
    if (flag) {
      leaks.add("the interrupt flag of the test's thread (cleared now)");
    }
    Footprint before = context.getStore(NAMESPACE).remove(Footprint.class, Footprint.class);
    if (before != null) {
      leaks.addAll(lasting(before, grace(context)));
    }
    if (!leaks.isEmpty()) {
      throw new AssertionError(message(context.getDisplayName(), leaks));
    }
  }

  private static List<String> lasting(Footprint before, Duration grace) {
    List<String> leaks = new ArrayList<>();
    boolean _ =
        Await.holdsWithin(
            grace,
            () -> {
              leaks.clear();
              leaks.addAll(before.newcomers());
              return leaks.isEmpty();
            });
    return leaks;
  }

  private static String message(String test, List<String> leaks) {
    return """
        %s left %s behind:
          %s
        End it in the test (close, join, stop, remove), or say by %s why it must stay."""
        .formatted(
            test,
            leaks.size() == 1 ? "something" : leaks.size() + " things",
            String.join("\n  ", leaks),
            "@LeaksOnPurpose(\"…\")");
  }

  private static boolean watched(ExtensionContext context) {
    return context.getExecutionMode() == ExecutionMode.SAME_THREAD && !leaksOnPurpose(context);
  }

  private static boolean leaksOnPurpose(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), LeaksOnPurpose.class)
        .or(() -> AnnotationSupport.findAnnotation(context.getTestClass(), LeaksOnPurpose.class))
        .map(LeakGuard::checked)
        .isPresent();
  }

  private static LeaksOnPurpose checked(LeaksOnPurpose found) {
    if (found.value().isBlank()) {
      throw new AssertionError("@LeaksOnPurpose must say why something is left behind");
    }
    return found;
  }

  private static Duration grace(ExtensionContext context) {
    return context.getConfigurationParameter(GRACE, Duration::parse).orElse(DEFAULT_GRACE);
  }

  private static void sayWhatIsNotWatched(ExtensionContext context) {
    if (!ShutdownHooks.visible()) {
      Object _ =
          context
              .getRoot()
              .getStore(NAMESPACE)
              .computeIfAbsent(
                  ShutdownHooks.class,
                  key -> {
                    context.publishReportEntry(
                        "leak guard",
                        "shutdown hooks are not watched; run the tests with "
                            + ShutdownHooks.OPTION);
                    return key;
                  });
    }
  }
}
