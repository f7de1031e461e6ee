namespace Kalinka.Common.ZooKeeper;

/// <summary>For requests that may be made twice: they wait as long as the ensemble is away.</summary>
public static class TransientFailures
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Makes a request again while <see cref="ZooKeeperException.IsTransient"/> says so. After the loss of a connection the
    /// next attempt waits for another by itself; a busy server gets a pause of 100 ms.
    /// </summary>
    public static async Task<T> OutlastAsync<T>(
        Func<CancellationToken, Task<T>> request,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            try
            {
                return await request(cancellationToken);
            }
            catch (ZooKeeperException e) when (e.IsTransient)
            {
                if (e.Code is not (KeeperCode.ConnectionLoss or KeeperCode.SessionExpired))
                {
                    await Task.Delay(Pause, time, cancellationToken);
                }
            }
        }
    }
}
