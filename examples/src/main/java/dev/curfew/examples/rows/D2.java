// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.StoppedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// Release actions for things that have no `close`, one of which throws and one of which hangs.
final class D2 implements Example {

  private static final Duration BUDGET = Duration.ofMillis(200);

  private final List<String> released = new CopyOnWriteArrayList<>();
  private final CountDownLatch never = new CountDownLatch(1);

  @Override
  public String title() {
    return "release actions for anything: once, last acquired first, none blocks another";
  }

  @Override
  public String run(Stage stage) {
    long began = System.nanoTime();
    StoppedException stopped = null;
    try {
      Scope.run("migration", settings -> settings.withRelease(BUDGET), scope -> migrate(scope));
    } catch (StoppedException e) {
      stopped = e;
    }
    stage.expect(stopped != null, "the stop ends the migration");
    stage.say("the scope threw " + stopped);
    Throwable[] attached = stopped == null ? new Throwable[0] : stopped.getSuppressed();
    for (Throwable also : attached) {
      stage.say("  attached: " + also.getMessage().lines().findFirst().orElse(""));
    }
    stage.say("released: " + released);
    stage.expect(
        released.equals(List.of("route", "lock", "host", "session")), "last acquired first, once");
    stage.expect(attached.length == 2, "the one that threw and the one that hung are told of");
    never.countDown();
    String took = stage.within(Duration.ofSeconds(10), began, "all of it");
    return "four releases in order, one threw and one hung, all begun and told of in " + took;
  }

  private Object migrate(Scope scope) {
    own(scope, "session", () -> {});
    own(
        scope,
        "host",
        () -> {
          boolean _ =
              never.await(1, java.util.concurrent.TimeUnit.HOURS); // hangs, but not for ever
        });
    own(
        scope,
        "lock",
        () -> {
          throw new IllegalStateException("the lock server is gone");
        });
    own(scope, "route", () -> Curfew.sleep(Duration.ofMillis(1))); // the stop is not seen in there
    boolean _ = scope.stop(StopReason.requested("deploy"));
    Curfew.sleep(Duration.ofHours(1));
    return "never";
  }

  private interface GivingBack {
    void run() throws Exception;
  }

  private void own(Scope scope, String name, GivingBack release) {
    String _ =
        scope.own(
            name,
            () -> name,
            what -> {
              released.add(what);
              release.run();
            });
  }
}
