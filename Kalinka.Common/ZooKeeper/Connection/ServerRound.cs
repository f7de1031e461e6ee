namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>
/// The servers of an ensemble in an order of chance, so that clients spread over them, round and round. A round in which
/// none would have us is followed by a pause: 100 ms doubled up to 5 s, and a random half of it taken away, so that a
/// fleet does not come back in one moment.
/// </summary>
internal sealed class ServerRound
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly ServerAddress[] _servers;
    private readonly TimeProvider _time;
    private int _next;
    private int _failedRounds;
    private int _failedInRound;

    public ServerRound(IEnumerable<ServerAddress> servers, TimeProvider time)
    {
        _servers = [.. servers];
        _time = time;
        Random.Shared.Shuffle(_servers);
    }

    public int Count => _servers.Length;

    public async ValueTask<ServerAddress> NextAsync(CancellationToken cancellationToken)
    {
        if (_failedInRound == _servers.Length)
        {
            _failedInRound = 0;
            await Task.Delay(Pause(_failedRounds++), _time, cancellationToken);
        }

        var server = _servers[_next];
        _next = (_next + 1) % _servers.Length;
        return server;
    }

    public void Failed() => _failedInRound++;

    public void Succeeded()
    {
        _failedInRound = 0;
        _failedRounds = 0;
    }

    private static TimeSpan Pause(int failedRounds)
    {
        var full = Shortest * Math.Pow(2, Math.Min(failedRounds, 10));
        return (full < Longest ? full : Longest) * (1 - (Random.Shared.NextDouble() / 2));
    }
}
