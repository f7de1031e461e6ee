namespace Kalinka.Bench.Load;

/// <summary>Sends messages to where a contender reads them.</summary>
internal interface ILoad : IAsyncDisposable
{
    /// <summary>Sends at a constant rate; returns when the other side has confirmed the last.</summary>
    /// <param name="perSecond">0: as fast as the other side takes them.</param>
    Task SendAsync(string topic, int messages, int perSecond);
}
