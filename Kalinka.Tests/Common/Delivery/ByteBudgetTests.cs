using Kalinka.Common.Delivery;

namespace Kalinka.Tests.Common.Delivery;

[TestFixture]
public sealed class ByteBudgetTests
{
    [Test]
    public void What_does_not_fit_is_refused_and_fits_after_a_return()
    {
        var budget = new ByteBudget(100);

        Assert.That(budget.TryTake(60), Is.True);
        Assert.That(budget.TryTake(60), Is.False);
        budget.Return(60);
        Assert.That(budget.TryTake(60), Is.True);
        Assert.That(budget.Held, Is.EqualTo(60));
    }

    [Test]
    public void One_message_larger_than_the_budget_is_let_in_alone()
    {
        var budget = new ByteBudget(100);

        Assert.That(budget.TryTake(500), Is.True);
        Assert.That(budget.TryTake(1), Is.False);
    }

    [Test]
    public void A_reserve_is_kept_for_others()
    {
        var budget = new ByteBudget(100);
        budget.TryTake(50);

        Assert.That(budget.TryTake(30, reserve: 25), Is.False);
        Assert.That(budget.TryTake(30), Is.True);
    }

    [Test, CancelAfter(30_000)]
    public async Task A_waiting_thread_goes_on_when_bytes_come_back()
    {
        var budget = new ByteBudget(100);
        budget.TryTake(100);
        var taking = Task.Run(() => budget.Take(10, () => false));
        SpinWait.SpinUntil(() => budget.Waiting == 1);

        budget.Return(100);

        Assert.That(await taking, Is.True);
        Assert.That(budget.Held, Is.EqualTo(10));
    }

    [Test, CancelAfter(30_000)]
    public async Task A_waiting_thread_gives_up_when_it_is_told_to()
    {
        var budget = new ByteBudget(100);
        budget.TryTake(100);
        var abandoned = false;
        var taking = Task.Run(() => budget.Take(10, () => Volatile.Read(ref abandoned)));
        SpinWait.SpinUntil(() => budget.Waiting == 1);

        Volatile.Write(ref abandoned, true);
        budget.Wake();

        Assert.That(await taking, Is.False);
        Assert.That(budget.Held, Is.EqualTo(100));
    }

    [Test, CancelAfter(60_000)]
    public async Task Many_threads_never_hold_more_than_the_limit()
    {
        var budget = new ByteBudget(1_000);
        var most = 0L;
        var threads = Enumerable
            .Range(1, 4)
            .Select(size =>
                Task.Run(() =>
                {
                    for (var round = 0; round < 5_000; round++)
                    {
                        budget.Take(size * 90, () => false);
                        InterlockedMax(ref most, budget.Held);
                        budget.Return(size * 90);
                    }
                })
            );
        await Task.WhenAll(threads);

        Assert.That(budget.Held, Is.Zero);
        Assert.That(most, Is.LessThanOrEqualTo(1_000));
    }

    private static void InterlockedMax(ref long target, long value)
    {
        var seen = Volatile.Read(ref target);
        while (value > seen)
        {
            seen =
                Interlocked.CompareExchange(ref target, value, seen) is var before && before == seen ? value : before;
        }
    }
}
