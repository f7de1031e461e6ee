using Confluent.Kafka;

namespace Kalinka.Common.Kafka;

/// <summary>
/// Whether the cluster answers a client. librdkafka tells when the last broker is lost, but not when one is back: from
/// then on, and at the start, it is asked every other second until it answers. Any thread.
/// </summary>
internal sealed class BrokerProbe : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly IAdminClient _admin;
    private readonly Action _found;
    private readonly ITimer _timer;
    private volatile bool _reachable;
    private bool _disposed;

    public BrokerProbe(Handle client, TimeProvider time, Action found)
    {
        _admin = new DependentAdminClientBuilder(client).Build();
        _found = found;
        _timer = time.CreateTimer(_ => Probe(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public bool Reachable => _reachable;

    /// <summary>
    /// Asks for the cluster's topics, all of them: an answer that names them all is what librdkafka looks for new
    /// partitions in. Blocks.
    /// </summary>
    public void Look()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                Answers();
            }
        }
    }

    public void Lost()
    {
        _reachable = false;
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _admin.Dispose();
            }
        }
    }

    private void Probe()
    {
        lock (_lock)
        {
            if (_disposed || _reachable)
            {
                return;
            }

            _reachable = Answers();
        }

        if (_reachable)
        {
            _found();
        }
        else
        {
            _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private bool Answers()
    {
        try
        {
            return _admin.GetMetadata(AnswerWithin).Brokers.Count > 0;
        }
        catch (KafkaException)
        {
            return false;
        }
    }
}
