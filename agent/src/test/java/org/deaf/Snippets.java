// SPDX-License-Identifier: Apache-2.0
package org.deaf;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/// Code that knows nothing of stops, and goes on for ever if nobody ends it.
///
/// Each counts [#began] down once it is in the middle.
public final class Snippets {

  public final CountDownLatch began = new CountDownLatch(1);
  public final ReentrantLock lock = new ReentrantLock();
  public volatile boolean released;
  public int cleanedUp;
  private int rounds;
  private final int[] numbers = new int[4_096];

  private void count() {
    rounds++;
  }

  private void spin() {
    began.countDown();
    while (rounds >= 0) {
      rounds = (rounds + 1) & 0xFFFF;
    }
  }

  public void loop() {
    spin();
  }

  /// Its only loop holds the calls of a method that is large, and calls itself.
  public void large() {
    for (int sum = 0; ; sum = large(3, sum)) {
      began.countDown();
    }
  }

  private static int large(int depth, int start) {
    int sum = start;
    sum = sum * 31 + depth;
    sum = sum * 37 + depth;
    sum = sum * 41 + depth;
    sum = sum * 43 + depth;
    sum = sum * 47 + depth;
    sum = sum * 53 + depth;
    sum = sum * 59 + depth;
    sum = sum * 61 + depth;
    sum = sum * 67 + depth;
    sum = sum * 71 + depth;
    sum = sum * 73 + depth;
    sum = sum * 79 + depth;
    sum = sum * 83 + depth;
    sum = sum * 89 + depth;
    sum = sum * 97 + depth;
    sum = sum * 101 + depth;
    sum = sum * 103 + depth;
    sum = sum * 107 + depth;
    sum = sum * 109 + depth;
    sum = sum * 113 + depth;
    sum = sum * 27 + depth;
    sum = sum * 25 + depth;
    sum = sum * 23 + depth;
    sum = sum * 21 + depth;
    return depth == 0 ? sum : large(depth - 1, sum);
  }

  /// The JIT takes the safepoint poll out of such a loop where it can.
  public void countedLoop() {
    for (int round = 0; ; round++) {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = numbers[i] * 3 + round;
      }
      if (round == 20_000) {
        began.countDown();
      }
    }
  }

  private final class Resource implements AutoCloseable {
    @Override
    public void close() {
      for (int i = 0; i < 1_000; i++) {
        cleanedUp++;
        count();
      }
    }
  }

  public void closes() {
    try (Resource _ = new Resource()) {
      spin();
    }
  }

  private void unlock() {
    count();
    lock.unlock();
    cleanedUp++;
  }

  public void unlocks() {
    lock.lock();
    try {
      spin();
    } finally {
      unlock();
    }
  }

  public void finallyWithLoop() {
    try {
      spin();
    } finally {
      for (int i = 0; i < 3; i++) {
        count();
        cleanedUp++;
      }
    }
  }

  public void finallyWithJdkCall() {
    lock.lock();
    try {
      spin();
    } finally {
      lock.unlock();
    }
  }

  /// All of it runs longer than anybody waits.
  private long deep(int depth) {
    if (depth == 40) {
      began.countDown();
    }
    return depth > 60 ? 1 : deep(depth + 1) + deep(depth + 1);
  }

  public void recursion() {
    rounds = (int) deep(0);
  }

  private int overflow(int depth) {
    return depth < 0 ? 0 : overflow(depth + 1) + 1;
  }

  public void stackOverflows() {
    while (true) {
      try {
        rounds = overflow(0);
      } catch (StackOverflowError e) {
        began.countDown();
      }
    }
  }

  public void memoryRunsOut() {
    while (true) {
      try {
        rounds = new long[Integer.MAX_VALUE - 8].length;
      } catch (OutOfMemoryError e) {
        began.countDown();
      }
    }
  }

  private void brief() {
    for (int i = 0; i < 1_000; i++) {
      count();
    }
    began.countDown();
  }

  public void catchesAll() {
    while (true) {
      try {
        brief();
      } catch (Throwable t) {
        count();
      }
    }
  }

  public void catchesAllTwice() {
    while (true) {
      try {
        catchesAll();
      } catch (Throwable t) {
        count();
      }
    }
  }

  public void monitor() {
    synchronized (lock) {
      spin();
    }
  }

  public synchronized void synchronizedMethod() {
    spin();
  }

  /// {@return whether no other thread is in the monitors of [#monitor], [#synchronizedMethod]}
  public boolean areMonitorsFree() {
    synchronized (lock) {
      synchronized (this) {
        return true;
      }
    }
  }

  public void switches() {
    began.countDown();
    int state = 0;
    for (; ; ) {
      state =
          switch (state) {
            case 0 -> 1;
            case 1 -> 2;
            case 2 -> 0;
            default -> throw new IllegalStateException();
          };
    }
  }

  /// The loop is the JDK's, its body is not.
  public void lambdas() {
    began.countDown();
    IntStream.iterate(0, i -> i + 1).forEach(i -> rounds = i);
  }

  public void constructors() {
    while (true) {
      rounds = new Made(this).sum;
    }
  }

  private static final class Made {
    final int sum;

    Made(Snippets owner) {
      int found = 0;
      for (int i = 0; i < 1_000; i++) {
        found += i;
      }
      sum = found;
      owner.began.countDown();
    }
  }

  public static volatile Snippets initialises;

  /// A class whose initialiser takes its time.
  public static final class Slow {
    public static final int VALUE = wait(initialises);

    private static int wait(Snippets owner) {
      owner.began.countDown();
      int waited = 0;
      while (!owner.released) {
        waited = waited + 1 & 0xFF;
      }
      for (int i = 0; i < 7; i++) {
        waited = i;
      }
      return waited + 1;
    }
  }

  public void initialiser() {
    initialises = this;
    rounds = Slow.VALUE;
    spin();
  }

  private final class Plugins extends ClassLoader {
    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      began.countDown();
      while (!released) {
        count();
      }
      cleanedUp++;
      throw new ClassNotFoundException(name);
    }
  }

  public void classLoading() {
    try {
      Class<?> _ = new Plugins().loadClass("org.deaf.Nowhere");
    } catch (ClassNotFoundException e) {
      spin();
    }
  }

  /// A stop that is looking where it is must not ask it for a class.
  private final class Hosting extends ClassLoader {

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.endsWith("Unused")) {
        cleanedUp++;
      }
      if (!name.equals(Guest.class.getName())) {
        return super.loadClass(name, resolve);
      }
      try (var in = Snippets.class.getResourceAsStream("Guest.class")) {
        byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (java.io.IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  public void guest() throws ReflectiveOperationException {
    initialises = this;
    ((Runnable) new Hosting().loadClass(Guest.class.getName()).getConstructor().newInstance())
        .run();
  }
}
