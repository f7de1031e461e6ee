using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Partitioning;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Sub.Partitioning;

internal sealed class NewPartitionsTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private CancellationTokenSource _stopping = null!;
    private NewPartitions _partitions = null!;
    private Task _running = null!;
    private int _seen;
    private int _looks;

    // A look lasts until it is answered, so that none is missed.
    private SemaphoreSlim _answers = null!;

    [SetUp]
    public void SetUp()
    {
        (_seen, _looks) = (3, 0);
        _answers = new SemaphoreSlim(0);
        _stopping = new CancellationTokenSource();
        _partitions = new NewPartitions(() => Volatile.Read(ref _seen), Look, _time);
        _running = _partitions.RunAsync(_stopping.Token);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
        _answers.Dispose();
    }

    [Test]
    public async Task Kafka_is_asked_at_once_and_again_until_the_partition_is_seen_and_once_more()
    {
        _partitions.Take(Named(3));
        await LooksAsync(1);
        await PassAsync(2);
        Volatile.Write(ref _seen, 4);
        await PassAsync(3);
        _answers.Release();
        _partitions.Take(Named(3));
        _partitions.Take(Named(1));
        _partitions.Take(Named(4));
        await LooksAsync(4);
    }

    [Test]
    public async Task A_partition_that_never_comes_is_not_asked_for_for_ever()
    {
        _partitions.Take(Named(9));
        await LooksAsync(1);
        for (var looks = 2; looks <= 10; looks++)
        {
            await PassAsync(looks);
        }

        _answers.Release();
        _partitions.Take(Named(10));
        await LooksAsync(11);
    }

    private static RosterChange Named(int partition) =>
        new(
            RosterChangeKind.Changed,
            new RosterEntry(
                new BrokerOptions($"b{partition}", "h", 1, MqttVersion.V5, null, null, null),
                RosterState.InService,
                false,
                partition
            )
        );

    private Task Look()
    {
        Interlocked.Increment(ref _looks);
        return _answers.WaitAsync();
    }

    // The pause begins on another thread, after the answer.
    private async Task PassAsync(int looks)
    {
        _answers.Release();
        await Eventually.That(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Volatile.Read(ref _looks) == looks;
            },
            Within,
            $"look {looks}"
        );
    }

    private Task LooksAsync(int looks) =>
        Eventually.That(() => Volatile.Read(ref _looks) == looks, Within, $"look {looks}");
}
