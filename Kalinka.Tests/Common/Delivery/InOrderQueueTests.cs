using FsCheck;
using FsCheck.Fluent;
using Kalinka.Common.Delivery;

namespace Kalinka.Tests.Common.Delivery;

[TestFixture]
public sealed class InOrderQueueTests
{
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Whatever_the_order_of_completion_items_leave_in_the_order_of_arrival() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int[]>(),
            order =>
            {
                var queue = new InOrderQueue<int>(2);
                for (var item = 0; item < order.Length; item++)
                {
                    Assert.That(queue.Enter(item), Is.EqualTo(item));
                }

                var tickets = Enumerable.Range(0, order.Length).OrderBy(item => order[item]).ToArray();
                var done = new HashSet<int>();
                var released = new List<int>();
                foreach (var ticket in tickets)
                {
                    queue.TryComplete(ticket, out _);
                    done.Add(ticket);
                    Drain(queue, released);
                    var expected = Enumerable.Range(0, order.Length).TakeWhile(done.Contains);
                    Assert.That(released, Is.EqualTo(expected));
                }

                return queue.Count == 0 && queue.Open == 0;
            }
        );

    [Test]
    public void An_item_completes_once()
    {
        var queue = new InOrderQueue<string>(4);
        queue.Enter("a");
        var ticket = queue.Enter("b");

        Assert.That(queue.TryComplete(ticket, out var first), Is.True);
        Assert.That(first, Is.EqualTo("b"));
        Assert.That(queue.TryComplete(ticket, out _), Is.False);
        Assert.That(queue.Open, Is.EqualTo(1));
    }

    [Test]
    public void A_ticket_from_elsewhere_completes_nothing()
    {
        var queue = new InOrderQueue<int>(4);
        queue.Enter(7);

        Assert.That(queue.TryComplete(-1, out _), Is.False);
        Assert.That(queue.TryComplete(1, out _), Is.False);
        Assert.That(queue.Count, Is.EqualTo(1));
    }

    [Test]
    public void Finished_items_behind_an_unfinished_one_still_count()
    {
        var queue = new InOrderQueue<int>(4);
        queue.Enter(1);
        var second = queue.Enter(2);
        queue.TryComplete(second, out _);

        Assert.That(queue.Release(new int[8]), Is.Zero);
        Assert.That(queue.Count, Is.EqualTo(2));
        Assert.That(queue.Open, Is.EqualTo(1));
    }

    [Test]
    public void The_newest_item_can_be_taken_back_and_its_ticket_is_used_again()
    {
        var queue = new InOrderQueue<int>(4);
        queue.Enter(1);
        var ticket = queue.Enter(2);

        Assert.That(queue.TakeBack(ticket), Is.EqualTo(2));
        Assert.That(queue.Enter(3), Is.EqualTo(ticket));
        Assert.That(() => queue.TakeBack(0), Throws.InvalidOperationException);
    }

    private static void Drain(InOrderQueue<int> queue, List<int> into)
    {
        var buffer = new int[3];
        int count;
        do
        {
            count = queue.Release(buffer);
            into.AddRange(buffer[..count]);
        } while (count == buffer.Length);
    }
}
