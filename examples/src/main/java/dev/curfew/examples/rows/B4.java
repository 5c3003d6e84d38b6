// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.rows;

import dev.curfew.Curfew;
import dev.curfew.StopReason;
import dev.curfew.worker.QueueWorker;
import dev.curfew.worker.Source;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A queue of mails in which one campaign, one customer and one single mail are called off.
final class B4 implements Example {

  private record Mail(String id, String customer, String campaign) {}

  private static final Mail LAST = new Mail("last", "", "");

  private final Set<String> sent = ConcurrentHashMap.newKeySet();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  @Override
  public String title() {
    return "stop a whole batch of queued items, a group, or a single one";
  }

  @Override
  public String run(Stage stage) throws InterruptedException {
    BlockingQueue<Mail> queue = new LinkedBlockingQueue<>();
    queue.add(new Mail("first", "zoe", "welcome"));
    for (String customer : List.of("ada", "bob", "cyd")) {
      queue.add(new Mail("sale-" + customer, customer, "sale"));
      queue.add(new Mail("news-" + customer, customer, "news"));
    }
    queue.add(LAST);
    try (var worker =
        QueueWorker.open(
            "mailer",
            Source.of(queue).endingWith(LAST),
            this::send,
            settings ->
                settings
                    .withAhead(6)
                    .withNames(Mail::id)
                    .withGroups(Mail::customer)
                    .withBatches(Mail::campaign))) {
      stage.expect(begun.await(10, TimeUnit.SECONDS), "the first mail is on its way");
      for (int i = 0; i < 1_000 && worker.items().size() < 7; i++) {
        Curfew.sleep(Duration.ofMillis(10));
      }
      stage.expect(worker.items().size() == 7, "all mails are claimed");
      stage.say("calling off the campaign 'sale', the customer bob, and the mail news-cyd");
      int batch = worker.stopBatch("sale", StopReason.requested("the sale is off"));
      int group = worker.stopGroup("bob", StopReason.requested("bob has left"));
      int item = worker.stopItem("news-cyd", StopReason.requested("a typing error"));
      stage.say(
          "stopped now: " + batch + ", " + group + " and " + item + "; the rest when it comes");
      go.countDown();
      stage.expect(worker.awaitEnd(Duration.ofSeconds(20)), "the queue is worked off");
      stage.say(worker.report().items());
    }
    stage.say("sent: " + sent.stream().sorted().toList());
    stage.expect(sent.equals(Set.of("first", "news-ada")), "only these were to be sent");
    return "of 7 queued mails 2 were sent, a batch, a group and one item were called off";
  }

  private void send(Mail mail) throws InterruptedException {
    begun.countDown();
    stageWait();
    Curfew.checkpoint();
    sent.add(mail.id());
  }

  private void stageWait() throws InterruptedException {
    if (!go.await(1, TimeUnit.HOURS)) {
      throw new AssertionError("nobody opened the latch");
    }
  }
}
