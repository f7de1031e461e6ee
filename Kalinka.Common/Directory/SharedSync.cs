namespace Kalinka.Common.Directory;

/// <summary>
/// One request for all who ask while another is under way: it begins when that one is over, so that it began after each of
/// them asked. Any thread.
/// </summary>
internal sealed class SharedSync(Func<Task> request)
{
    private readonly Lock _gate = new();
    private Task _current = Task.CompletedTask;
    private Task? _next;

    public Task AskAsync()
    {
        lock (_gate)
        {
            if (_current.IsCompleted)
            {
                return _current = request();
            }

            return _next ??= FollowAsync(_current);
        }
    }

    private async Task FollowAsync(Task current)
    {
        await current.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task mine;
        lock (_gate)
        {
            (_current, _next) = (mine = request(), null);
        }

        await mine;
    }
}
