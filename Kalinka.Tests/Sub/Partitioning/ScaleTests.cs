using Kalinka.Sub.Partitioning;

namespace Kalinka.Tests.Sub.Partitioning;

/// <summary>
/// A thousand brokers and a hundred instances: partitions are given as <see cref="PartitionChoice"/> does, and shared as
/// the cooperative-sticky assignor does (KIP-54, KIP-429). docs/partitioning.md has the figures.
/// </summary>
internal sealed class ScaleTests
{
    private const int Brokers = 1000;
    private const int Instances = 100;

    [TestCase(Brokers)]
    [TestCase(250)]
    public void Connections_are_as_many_as_brokers_even_and_few_of_them_move(int partitions)
    {
        var brokersOf = BrokersOfPartitions(partitions);
        var group = new StickyGroup(partitions);
        for (var instance = 0; instance < Instances; instance++)
        {
            group.Join();
        }

        Assert.That(Connections(group, brokersOf).Sum(), Is.EqualTo(Brokers));
        Assert.That(Connections(group, brokersOf).Max(), Is.LessThanOrEqualTo(Most(partitions, Instances)));
        var joined = group.Join();
        Assert.That(joined, Is.EqualTo(partitions / (Instances + 1)), "only what the new one gets has moved");
        Assert.That(group.Spread, Is.LessThanOrEqualTo(1));

        var left = group.Leave();
        Assert.That(left, Is.InRange(partitions / (Instances + 1), (partitions / (Instances + 1)) + 1));
        Assert.That(group.Spread, Is.LessThanOrEqualTo(1));
        Assert.That(Connections(group, brokersOf).Sum(), Is.EqualTo(Brokers));
        TestContext.Progress.WriteLine(
            $"{Brokers} brokers, {partitions} partitions, {Instances} instances: {Brokers} connections "
                + $"(Direct {Brokers * Instances}), at most {Connections(group, brokersOf).Max()} an instance; "
                + $"a join moves {joined} partitions, a leave {left}"
        );
    }

    [Test]
    public void A_broker_that_comes_moves_nothing()
    {
        var group = new StickyGroup(Brokers);
        for (var instance = 0; instance < Instances; instance++)
        {
            group.Join();
        }

        Assert.That(group.Grow(), Is.Zero);
        Assert.That(group.Spread, Is.LessThanOrEqualTo(1));
    }

    private static int Most(int partitions, int instances) =>
        ((partitions + instances - 1) / instances) * ((Brokers + partitions - 1) / partitions);

    private static int[] BrokersOfPartitions(int partitions)
    {
        var taken = new List<int>();
        for (var broker = 0; broker < Brokers; broker++)
        {
            taken.Add(PartitionChoice.Next(taken, partitions));
        }

        var brokers = new int[partitions];
        taken.ForEach(partition => brokers[partition]++);
        return brokers;
    }

    private static IEnumerable<int> Connections(StickyGroup group, int[] brokersOf) =>
        group.Shares.Select(share => share.Sum(partition => brokersOf[partition]));

    /// <summary>A group whose members keep what they have, as far as evenness allows.</summary>
    private sealed class StickyGroup(int partitions)
    {
        private readonly List<List<int>> _shares = [];
        private int _partitions = partitions;

        public IEnumerable<IReadOnlyList<int>> Shares => _shares;

        public int Spread => _shares.Max(share => share.Count) - _shares.Min(share => share.Count);

        /// <summary>Returns how many partitions have changed hands.</summary>
        public int Join()
        {
            _shares.Add([]);
            return _shares.Count == 1 ? Give(Enumerable.Range(0, _partitions)) : Balance();
        }

        public int Leave()
        {
            var share = _shares[0];
            _shares.RemoveAt(0);
            return Give(share) + Balance();
        }

        public int Grow()
        {
            Give([_partitions++]);
            return Balance();
        }

        private int Give(IEnumerable<int> free)
        {
            var given = free.ToList();
            given.ForEach(partition => _shares.MinBy(share => share.Count)!.Add(partition));
            return given.Count;
        }

        private int Balance()
        {
            var moved = 0;
            while (Spread > 1)
            {
                var from = _shares.MaxBy(share => share.Count)!;
                _shares.MinBy(share => share.Count)!.Add(from[^1]);
                from.RemoveAt(from.Count - 1);
                moved++;
            }

            return moved;
        }
    }
}
