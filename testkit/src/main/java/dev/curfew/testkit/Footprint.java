// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import dev.curfew.Curfew;
import dev.curfew.Ledger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What lived in this JVM at one moment, and what lives now that did not then.
///
/// @param threads platform threads; virtual ones are known by `mark`
/// @param mark below the id of every thread created later
/// @param hooks shutdown hooks, if they are visible
/// @param children processes below this one, with theirs
/// @param scopes paths of open scopes
/// @param abandoned what the ledger lists
record Footprint(
    Set<Thread> threads,
    long mark,
    Set<Thread> hooks,
    Set<ProcessHandle> children,
    List<?> scopes,
    List<?> abandoned) {

  static Footprint take() {
    return new Footprint(
        Threads.platform(),
        Threads.mark(),
        ShutdownHooks.installed(),
        ProcessHandle.current().descendants().collect(Collectors.toSet()),
        List.copyOf(Curfew.openScopes()),
        List.copyOf(Ledger.entries()));
  }

  /// {@return what is there now and was not there then, each in words and with its stack}
  List<String> newcomers() {
    return newcomers(take());
  }

  List<String> newcomers(Footprint now) {
    List<String> found = new ArrayList<>();
    add(found, threads, now.threads, Threads::describe);
    found.addAll(Threads.virtualSince(mark));
    add(found, scopes, now.scopes, scope -> "open scope " + scope);
    add(found, abandoned, now.abandoned, entry -> "ledger entry " + entry);
    add(found, hooks, now.hooks, hook -> "shutdown hook " + Threads.name(hook) + of(hook));
    add(found, children, now.children, Footprint::describe);
    return found;
  }

  private static <T> void add(
      List<String> found, Collection<?> before, Collection<T> now, Function<T, String> words) {
    // One by one, so that a second scope of the same path is new.
    List<T> fresh = new ArrayList<>(now);
    before.forEach(fresh::remove);
    fresh.stream().map(words).forEach(found::add);
  }

  private static String of(Thread hook) {
    return hook.getClass() == Thread.class ? "" : " of " + hook.getClass().getName();
  }

  private static String describe(ProcessHandle child) {
    String command = child.info().commandLine().orElse("its command cannot be read");
    return "child process %d: %s".formatted(child.pid(), command);
  }
}
