// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Body;
import dev.curfew.Curfew;
import dev.curfew.Fork;
import dev.curfew.Outcome;
import dev.curfew.Scope;
import dev.curfew.StopReason;
import dev.curfew.Unblocking;
import dev.curfew.sync.Channel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Consumers that wait on empty queues, without a time-out to look at a flag in between.
final class B1 implements Example {

  private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();
  private final List<String> handled = new CopyOnWriteArrayList<>();
  private final Channel<String> channel = Channel.bounded("orders", 10);

  @Override
  public String title() {
    return "a blocked take ends at once on a stop; no polling, nothing taken is lost";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    queue.add("order 1");
    channel.send("order 1");
    String jdk = stop(stage, "a queue of the JDK", this::takeFromQueue);
    String ours = stop(stage, "a channel", this::takeFromChannel);
    stage.expect(queue.isEmpty() && channel.size() == 0, "what was there was taken");
    stage.expect(handled.size() == 2, "and handled");
    return "a blocked take ended " + jdk + " after the stop in a queue, " + ours + " in a channel";
  }

  private interface Consumer {
    Object run(CountDownLatch waits) throws InterruptedException;
  }

  private static String stop(Stage stage, String what, Consumer consumer)
      throws InterruptedException {
    return Scope.run(
        "consumers",
        scope -> {
          CountDownLatch waits = new CountDownLatch(1);
          Callable<Object> body = () -> consumer.run(waits);
          Fork<Object> fork = scope.fork(what, body);
          stage.expect(waits.await(10, TimeUnit.SECONDS), what + " has given its only item");
          long asked = System.nanoTime();
          boolean _ = fork.stop(StopReason.requested("no more orders"));
          stage.expect(fork.join(Duration.ofSeconds(10)), "the consumer has ended");
          String took = stage.within(Duration.ofSeconds(5), asked, "the take ends");
          stage.expect(fork.outcome().orElseThrow() instanceof Outcome.Stopped, "it was stopped");
          stage.say(what + ": " + fork + " after " + took);
          return took;
        });
  }

  private Object takeFromQueue(CountDownLatch waits) throws InterruptedException {
    while (true) {
      Body<String, InterruptedException> take = () -> queue.poll(1, TimeUnit.HOURS);
      handled.add(Curfew.blocking(Unblocking.interrupt(), take)); // what was taken is returned
      waits.countDown();
    }
  }

  private Object takeFromChannel(CountDownLatch waits) {
    for (String order : channel) { // woken without an interrupt
      handled.add(order);
      waits.countDown();
    }
    return "the channel was closed";
  }
}
